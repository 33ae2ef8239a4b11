/** Big-endian, unsigned. */
export function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`);
}

export function bitLength(n: bigint): number {
  const hex = n.toString(16);
  return n === 0n ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.charAt(0), 16)));
}

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** The largest integer whose square is not above `n`, by Newton's method from above. */
export function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

// Of 100 numbers that are no squares these two leave about one for the costly root.
const SQUARES_MOD_64 = new Set([0, 1, 4, 9, 16, 17, 25, 33, 36, 41, 49, 57]);
const SQUARES_MOD_4095 = new Set(Array.from({ length: 4095 }, (_, i) => (i * i) % 4095));

export function isSquare(n: bigint): boolean {
  if (n < 0n || !SQUARES_MOD_64.has(Number(n & 63n)) || !SQUARES_MOD_4095.has(Number(n % 4095n))) return false;
  return squareRoot(n) ** 2n === n;
}

/** All primes up to and including `limit`, by Eratosthenes' sieve. */
export function primesUpTo(limit: number): readonly number[] {
  const isComposite = new Uint8Array(limit + 1);
  const primes: number[] = [];
  for (let candidate = 2; candidate <= limit; candidate += 1) {
    if (isComposite[candidate]) continue;
    primes.push(candidate);
    for (let multiple = candidate * candidate; multiple <= limit; multiple += candidate) isComposite[multiple] = 1;
  }
  return primes;
}
