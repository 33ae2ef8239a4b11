import { bitLength, gcd, isSquare, primesUpTo, squareRoot } from './bigint.ts';

const SMALL_FACTOR_LIMIT = 65_537;
const FERMAT_ROUNDS = 100;
const ROCA_GENERATOR = 65_537n;
// The primes of the product M that the faulty generator used for keys of 1984 bits or more (the first 126).
const ROCA_PRIME_LIMIT = 701;
// A run this long in a random modulus of 8192 bits: one in 2^46.
const LONGEST_RUN_BYTES = 8;

/** Has a prime factor up to 65537: a broken generator, or no RSA modulus at all. */
export function hasSmallFactor(n: bigint): boolean {
  return primesUpTo(SMALL_FACTOR_LIMIT).some((prime) => n % BigInt(prime) === 0n);
}

/** Fermat's method finds the primes within 100 steps: they were chosen too close together (CVE-2022-26320). */
export function hasClosePrimes(n: bigint): boolean {
  let root = squareRoot(n);
  if (root * root < n) root += 1n;
  for (let round = 0; round < FERMAT_ROUNDS; round += 1, root += 1n) {
    if (isSquare(root * root - n)) return true;
  }
  return false;
}

/**
 * ROCA (CVE-2017-15361): the primes are k·M + (65537^a mod M), so that the modulus has a discrete logarithm to base
 * 65537 modulo every prime of M. A good modulus passes for all of them less than once in 2^60.
 */
export function isRoca(n: bigint): boolean {
  return primesUpTo(ROCA_PRIME_LIMIT).every((prime) => isPowerOf(ROCA_GENERATOR, n, BigInt(prime)));
}

function isPowerOf(generator: bigint, n: bigint, prime: bigint): boolean {
  const wanted = n % prime;
  let power = 1n;
  do {
    if (power === wanted) return true;
    power = (power * generator) % prime;
  } while (power !== 1n);
  return false;
}

/**
 * Wiener's attack finds a private exponent below a third of the fourth root of the modulus among the convergents of
 * e/n. With an ordinary exponent the first convergents are beyond that bound and it ends at once.
 */
export function hasSmallPrivateExponent(n: bigint, e: bigint): boolean {
  const bound = 1n << BigInt((bitLength(n) >> 2) + 1);
  let [numerator, denominator] = [e, n];
  let [k, previousK] = [1n, 0n];
  let [d, previousD] = [0n, 1n];
  while (denominator !== 0n) {
    const quotient = numerator / denominator;
    [numerator, denominator] = [denominator, numerator % denominator];
    [k, previousK] = [quotient * k + previousK, k];
    [d, previousD] = [quotient * d + previousD, d];
    if (d > bound) return false;
    if (k !== 0n && (e * d - 1n) % k === 0n && isPhi((e * d - 1n) / k, n)) return true;
  }
  return false;
}

/** p and q are the roots of x² - (n - phi + 1)x + n. */
function isPhi(phi: bigint, n: bigint): boolean {
  const sum = n - phi + 1n;
  return phi > 0n && isSquare(sum * sum - 4n * n);
}

/** A long run of one byte, as constructed or truncated keys have. */
export function isPatterned(n: bigint): boolean {
  return new RegExp(`^(?:..)*?(..)\\1{${LONGEST_RUN_BYTES - 1}}`).test(evenHex(n));
}

function evenHex(n: bigint): string {
  const hex = n.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

/**
 * Which of `others` have a factor with `n` in common that is neither of the two, so that whoever sees both public keys
 * can factor them. An equal modulus is the same key and no fault; a multiple or a divisor proves nothing, since anyone
 * makes one from a public key. About two divisions for each other modulus and one gcd, unless there is a hit.
 *
 * @param n Above 1.
 * @returns Indexes into `others`.
 */
export function findSharedPrimes(n: bigint, others: readonly bigint[]): readonly number[] {
  // Left out before the product: one multiple among them would make it zero, and a gcd due for each of them.
  const telling = others
    .map((other, index) => ({ other, index }))
    .filter(({ other }) => other > 1n && other % n !== 0n && n % other !== 0n);
  const product = telling.reduce((rest, { other }) => (rest * (other % n)) % n, 1n);
  if (gcd(n, product) === 1n) return [];
  return telling.filter(({ other }) => gcd(n, other) !== 1n).map(({ index }) => index);
}
