import { checkPrime, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { AsnConvert } from '@peculiar/asn1-schema';
import { RSAPrivateKey } from '@peculiar/asn1-rsa';
import { ImportRefusal } from '../import-outcome.ts';
import { bitLength, gcd, toBigInt } from './bigint.ts';

const isPrime = promisify<bigint, boolean>(checkPrime);

export interface RsaPrivateNumbers {
  readonly n: bigint;
  readonly e: bigint;
  readonly d: bigint;
  readonly p: bigint;
  readonly q: bigint;
  /** The inverse of q modulo p. */
  readonly qi: bigint;
}

interface CrtExponents {
  readonly dp: bigint;
  readonly dq: bigint;
}

/**
 * Compares all numbers of an RSA private key with one another (RFC 8017 section 3.2); Node takes them as they stand.
 * @throws {ImportRefusal} as `assertRsaNumbers`.
 */
export async function assertRsaPair(key: KeyObject): Promise<void> {
  const { dp, dq, ...numbers } = rsaPrivateNumbers(key);
  await assertRsaNumbers(numbers);
  const { d, p, q } = numbers;
  if (dp !== d % (p - 1n) || dq !== d % (q - 1n)) throw new ImportRefusal('PairMismatch', NO_PAIR);
}

const NO_PAIR =
  'The numbers of the RSA private key do not belong together; export the key again from where it was made';

/**
 * The tests for primality run on the thread pool.
 *
 * @throws {ImportRefusal} PairMismatch, TypeMismatch for more than two primes, WeakKey for a private exponent below
 * half of the modulus' length (FIPS 186-5 A.1.1).
 */
export async function assertRsaNumbers(numbers: RsaPrivateNumbers): Promise<void> {
  if (isMultiPrime(numbers)) {
    throw new ImportRefusal(
      'TypeMismatch',
      'RSA keys of more than two primes are not supported; make one of two primes',
    );
  }
  if (!areFactorsOf(numbers) || !areExponentsConsistent(numbers) || !(await arePrimes(numbers))) {
    throw new ImportRefusal('PairMismatch', NO_PAIR);
  }
  if (bitLength(numbers.d) <= bitLength(numbers.n) / 2) {
    throw new ImportRefusal('WeakKey', 'The private exponent of the RSA key is too small; make a new key');
  }
}

function isMultiPrime({ n, p, q }: RsaPrivateNumbers): boolean {
  return p > 1n && q > 1n && n !== p * q && n % (p * q) === 0n;
}

function areFactorsOf({ n, p, q }: RsaPrivateNumbers): boolean {
  return p > 1n && q > 1n && p !== q && n === p * q;
}

async function arePrimes({ p, q }: RsaPrivateNumbers): Promise<boolean> {
  return (await isPrime(p)) && (await isPrime(q));
}

function areExponentsConsistent({ e, d, p, q, qi }: RsaPrivateNumbers): boolean {
  const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
  return (d * e) % lambda === 1n && (qi * q) % p === 1n;
}

function rsaPrivateNumbers(key: KeyObject): RsaPrivateNumbers & CrtExponents {
  const der = key.export({ type: 'pkcs1', format: 'der' });
  const parsed = AsnConvert.parse(der, RSAPrivateKey);
  const number = (name: 'modulus' | 'publicExponent' | 'privateExponent' | 'prime1' | 'prime2' | CrtName): bigint =>
    toBigInt(new Uint8Array(parsed[name]));
  const numbers = {
    n: number('modulus'),
    e: number('publicExponent'),
    d: number('privateExponent'),
    p: number('prime1'),
    q: number('prime2'),
    dp: number('exponent1'),
    dq: number('exponent2'),
    qi: number('coefficient'),
  };
  for (const name of ['privateExponent', 'prime1', 'prime2', 'exponent1', 'exponent2', 'coefficient'] as const) {
    new Uint8Array(parsed[name]).fill(0);
  }
  der.fill(0);
  return numbers;
}

type CrtName = 'exponent1' | 'exponent2' | 'coefficient';
