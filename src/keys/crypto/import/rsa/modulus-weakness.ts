import { ImportRefusal } from '../import-outcome.ts';
import { bitLength } from './bigint.ts';
import {
  findSharedPrimes,
  hasClosePrimes,
  hasSmallFactor,
  hasSmallPrivateExponent,
  isPatterned,
  isRoca,
} from './factoring.ts';

export interface RsaPublicNumbers {
  readonly n: bigint;
  readonly e: bigint;
}

interface ModulusFacts extends RsaPublicNumbers {
  readonly bits: number;
  readonly knownModuli: readonly bigint[];
}

const MIN_BITS = 2048;
/** Beyond it every use takes seconds, and so would the checks. */
const MAX_BITS = 8192;
const USUAL_BITS: readonly number[] = [2048, 3072, 4096];
const USUAL_EXPONENT = 65_537n;

const MAKE_ANEW = 'make a new one and replace this one wherever it is used';

/** Also for whoever looks for shared primes in an inventory of its own. */
export const SHARED_PRIME: string = `The RSA key shares a prime with another known key, so both can be factored; ${MAKE_ANEW}`;

/** Ordered by cost; the arithmetic ones may rely on the size and parity that those before them hold. */
const checks: readonly ((facts: ModulusFacts) => string | undefined)[] = [
  ({ bits }) =>
    bits < MIN_BITS ? `The RSA key has ${bits} bits, of which 2048 are the least; make a larger one` : undefined,
  ({ bits }) => (bits > MAX_BITS ? `The RSA key has ${bits} bits, of which ${MAX_BITS} are the most` : undefined),
  ({ bits }) => (bits % 8 === 0 ? undefined : `The RSA key has ${bits} bits, which is no multiple of 8; ${MAKE_ANEW}`),
  // Before the exponent: a huge public one is the sign of a small private one.
  ({ n, e }) =>
    hasSmallPrivateExponent(n, e)
      ? `The private exponent of the RSA key is so small that it can be found; ${MAKE_ANEW}`
      : undefined,
  // FIPS 186-5 A.1.1: odd, above 2^16 and below 2^256.
  ({ e }) =>
    e > 0xffffn && e % 2n === 1n && bitLength(e) <= 256
      ? undefined
      : 'The public exponent of the RSA key is even, below 65537 or above 2^256; make a new one with exponent 65537',
  ({ n }) => (isPatterned(n) ? `The RSA modulus repeats one byte and is not random; ${MAKE_ANEW}` : undefined),
  ({ n }) => (hasSmallFactor(n) ? `The RSA modulus has a small prime factor; ${MAKE_ANEW}` : undefined),
  ({ n }) =>
    isRoca(n)
      ? `The RSA key comes from a faulty chip (ROCA, CVE-2017-15361) and can be factored; ${MAKE_ANEW}`
      : undefined,
  ({ n }) =>
    hasClosePrimes(n)
      ? `The primes of the RSA key are too close together, so it can be factored; ${MAKE_ANEW}`
      : undefined,
  ({ n, knownModuli }) => (findSharedPrimes(n, knownModuli).length > 0 ? SHARED_PRIME : undefined),
];

/**
 * Refuses what can be factored by the methods of the badkeys project, from the public numbers alone.
 *
 * @returns Warnings about what is merely unusual.
 * @throws {ImportRefusal} WeakKey.
 */
export function assertStrongModulus(key: RsaPublicNumbers, knownModuli: readonly bigint[] = []): readonly string[] {
  const facts = { ...key, knownModuli, bits: bitLength(key.n) };
  for (const check of checks) {
    const message = check(facts);
    if (message !== undefined) throw new ImportRefusal('WeakKey', message);
  }
  const warnings: string[] = [];
  if (!USUAL_BITS.includes(facts.bits))
    warnings.push(`An RSA key of ${facts.bits} bits is unusual; some consumers may refuse it`);
  if (key.e !== USUAL_EXPONENT)
    warnings.push('The public exponent of the RSA key is not 65537; some consumers may refuse it');
  return warnings;
}
