import { checkPrimeSync, createPrivateKey, createPublicKey, generatePrimeSync } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';

/** RSA keys that no sane generator makes, out of plain numbers. */
export const E = 65_537n;

export interface RsaNumbers {
  readonly p: bigint;
  readonly q: bigint;
  readonly e: bigint;
}

export function prime(bits: number): bigint {
  return generatePrimeSync(bits, { bigint: true });
}

export function nextPrime(after: bigint): bigint {
  let candidate = after + 2n;
  while (!checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
}

export function privateJwk({ p, q, e }: RsaNumbers, changed: Partial<JsonWebKey> = {}): JsonWebKey & { kty: string } {
  const d = inverse(e, (p - 1n) * (q - 1n));
  return {
    kty: 'RSA',
    n: base64url(p * q),
    e: base64url(e),
    d: base64url(d),
    p: base64url(p),
    q: base64url(q),
    dp: base64url(d % (p - 1n)),
    dq: base64url(d % (q - 1n)),
    qi: base64url(inverse(q, p)),
    ...changed,
  };
}

export function privatePem(numbers: RsaNumbers): string {
  const key = createPrivateKey({ key: privateJwk(numbers), format: 'jwk' });
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export function publicPem(n: bigint, e: bigint = E): string {
  const key = createPublicKey({ key: { kty: 'RSA', n: base64url(n), e: base64url(e) }, format: 'jwk' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** The two primes of one key as the faulty chips made them: k·M + (65537^a mod M), M of the first 126 primes. */
export function rocaModulus(): bigint {
  return rocaPrime() * rocaPrime();
}

function rocaPrime(): bigint {
  const primes = Array.from({ length: 700 }, (_, i) => i + 2).filter((n) => checkPrimeSync(BigInt(n)));
  const product = primes.reduce((all, each) => all * BigInt(each), 1n);
  const residue = power(E, prime(64), product);
  let factor = (3n << 1022n) / product;
  while (!checkPrimeSync(factor * product + residue)) factor += 1n + (prime(16) & 0xffn);
  return factor * product + residue;
}

export function inverse(a: bigint, modulus: bigint): bigint {
  let [r, nextR, t, nextT] = [modulus, a % modulus, 0n, 1n];
  while (nextR !== 0n) {
    const quotient = r / nextR;
    [r, nextR] = [nextR, r - quotient * nextR];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  if (r !== 1n) throw new RangeError('No inverse');
  return t < 0n ? t + modulus : t;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

export function base64url(n: bigint): string {
  const hex = n.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
