import { ALGORITHMS } from '../algorithm.ts';
import type { Algorithm } from '../algorithm.ts';
import { derShape } from './der-shape.ts';
import { desWeakness, hasOddParity } from './des-weakness.ts';
import { ImportRefusal } from './import-outcome.ts';
import type { ReadKey } from './import-outcome.ts';
import type { Jwk } from './jwk.ts';
import { symmetricWeakness } from './symmetric-weakness.ts';
import { compactText, decodeBase64, decodeHex } from './text-encodings.ts';

/** An HMAC key longer than this is rather a file of something else. */
const MAX_HMAC_BYTES = 512;
const HMACS: readonly Algorithm[] = ['HMAC-SHA256', 'HMAC-SHA384', 'HMAC-SHA512'];
const TWO_KEY_BYTES = 16;
const BY_LENGTH: Readonly<Record<number, Algorithm>> = {
  8: 'DES',
  16: 'AES-128',
  24: 'AES-192',
  32: 'AES-256',
  48: 'HMAC-SHA384',
  64: 'HMAC-SHA512',
};
const JWK_ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  ['HS256', 'HMAC-SHA256'],
  ['HS384', 'HMAC-SHA384'],
  ['HS512', 'HMAC-SHA512'],
]);

/**
 * Takes a symmetric key from raw bytes, or from text in hexadecimal or strict base64 (RFC 4648 section 4).
 *
 * Text is preferred to raw bytes and hexadecimal to base64, because random bytes look like text by chance less than
 * once in 10^15 (for AES-128); but text only counts if it decodes to a length that the algorithm can have, else the
 * bytes stand for themselves. Without `declared` the length decides: 8 bytes are DES, 16, 24 and 32 AES, 48 and 64
 * HMAC with SHA-384 and SHA-512; 24 bytes of odd parity are DESede.
 *
 * @throws {ImportRefusal} MalformedKey, TypeMismatch or WeakKey.
 */
export function importSymmetricKey(bytes: Uint8Array, declared: Algorithm | undefined): ReadKey {
  const decoded = decodeText(bytes);
  if (decoded !== undefined && derShape(decoded) !== undefined) {
    throw new ImportRefusal('TypeMismatch', 'This is base64 of a key with structure (DER), not of a symmetric key');
  }
  const readings = decoded === undefined ? [bytes] : [decoded, bytes];
  for (const reading of readings) {
    const algorithm = declared ?? algorithmOfBytes(reading);
    if (algorithm !== undefined && hasLengthOf(algorithm, reading.length)) return checked(reading, algorithm);
  }
  throw lengthRefusal(bytes, decoded, declared);
}

/** @throws {ImportRefusal} as importSymmetricKey. */
export function importSymmetricJwk({ k = '', alg }: Jwk, declared: Algorithm | undefined): ReadKey {
  const bytes = Buffer.from(k, 'base64url');
  const named = typeof alg === 'string' ? JWK_ALGORITHMS.get(alg) : undefined;
  if (declared !== undefined && named !== undefined && named !== declared) {
    throw new ImportRefusal('TypeMismatch', `The JWK is for ${named} and spec.algorithm says ${declared}; correct one`);
  }
  const algorithm = declared ?? named ?? algorithmOfBytes(bytes);
  if (algorithm === undefined || !hasLengthOf(algorithm, bytes.length))
    throw lengthRefusal(bytes, bytes, declared ?? named);
  return checked(bytes, algorithm);
}

function decodeText(bytes: Uint8Array): Uint8Array | undefined {
  const text = compactText(bytes);
  if (text === undefined || text === '') return undefined;
  return decodeHex(text) ?? (isOfOneCase(text) ? undefined : decodeBase64(text));
}

/** Base64 of random bytes holds letters of both cases; words do not. */
function isOfOneCase(text: string): boolean {
  return text === text.toLowerCase() || text === text.toUpperCase();
}

function algorithmOfBytes(bytes: Uint8Array): Algorithm | undefined {
  // A random AES-192 key has this parity once in 16 million.
  return bytes.length === 24 && hasOddParity(bytes) ? 'DESede' : BY_LENGTH[bytes.length];
}

function hasLengthOf(algorithm: Algorithm, length: number): boolean {
  const { family, bits } = ALGORITHMS[algorithm];
  if (algorithm === 'DESede' && length === TWO_KEY_BYTES) return true;
  // RFC 7518 section 3.2: at least as long as the digest.
  return family === 'HMAC' ? length * 8 >= bits && length <= MAX_HMAC_BYTES : length * 8 === bits;
}

function checked(key: Uint8Array, algorithm: Algorithm): ReadKey {
  const isDes = ALGORITHMS[algorithm].family === 'DES';
  const bytes = isDes && key.length === TWO_KEY_BYTES ? withThirdKey(key) : Uint8Array.from(key);
  const weakness = (isDes ? desWeakness(bytes) : undefined) ?? symmetricWeakness(key);
  if (weakness === undefined)
    return { material: { algorithm, form: 'Raw', bytes }, warnings: warningsAbout(bytes, algorithm) };
  bytes.fill(0);
  throw new ImportRefusal('WeakKey', `The key is weak: ${weakness}. ${REMEDY}`);
}

const REMEDY =
  'Make a new one from random bytes; a passphrase is not a key, and an encoded key has to be hex or base64';

/** Two-key 3DES, K1 and K2, in the form that every library takes: K1, K2, K1. */
function withThirdKey(key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes.set(key);
  bytes.set(key.subarray(0, 8), TWO_KEY_BYTES);
  return bytes;
}

function warningsAbout(bytes: Uint8Array, algorithm: Algorithm): readonly string[] {
  if (algorithm === 'DES')
    return ['Single DES can be broken by trying all keys; use it only where nothing else is understood'];
  if (algorithm !== 'DESede') return [];
  const isTwoKey = Buffer.from(bytes.subarray(0, 8)).equals(bytes.subarray(TWO_KEY_BYTES));
  return [
    isTwoKey
      ? 'The 3DES key has two different parts only; NIST allows it no longer (SP 800-131A)'
      : '3DES is no longer allowed for new data (NIST SP 800-131A)',
  ];
}

function lengthRefusal(
  bytes: Uint8Array,
  decoded: Uint8Array | undefined,
  declared: Algorithm | undefined,
): ImportRefusal {
  if (decoded === undefined && compactText(bytes) !== undefined) {
    return new ImportRefusal(
      'MalformedKey',
      'This is text, but neither hexadecimal nor padded base64 of the standard alphabet',
    );
  }
  const length = (decoded ?? bytes).length;
  if (declared === undefined) return undeclaredRefusal(bytes, length);
  const hint = endsWithNewline(bytes) && hasLengthOf(declared, length - 1) ? '; remove the newline at its end' : '';
  return new ImportRefusal(
    'TypeMismatch',
    `The key has ${length} bytes, and ${declared} takes ${lengthsOf(declared)}${hint}`,
  );
}

/** Only HMAC takes keys whose length tells no algorithm. */
function undeclaredRefusal(bytes: Uint8Array, length: number): ImportRefusal {
  const fitting = HMACS.filter((name) => hasLengthOf(name, length));
  if (fitting.length === 0)
    return new ImportRefusal(
      'TypeMismatch',
      `No symmetric algorithm takes ${length} bytes; give the key alone and whole`,
    );
  const trimmed = endsWithNewline(bytes) && BY_LENGTH[length - 1] !== undefined;
  const advice = `${trimmed ? 'remove the newline at its end, or ' : ''}set spec.algorithm to ${fitting.join(' or ')}`;
  return new ImportRefusal('TypeMismatch', `No algorithm is told by a key of ${length} bytes; ${advice}`);
}

function lengthsOf(algorithm: Algorithm): string {
  const { family, bits } = ALGORITHMS[algorithm];
  if (family === 'HMAC') return `${bits / 8} to ${MAX_HMAC_BYTES}`;
  return algorithm === 'DESede' ? '16 or 24' : `${bits / 8}`;
}

function endsWithNewline(bytes: Uint8Array): boolean {
  return bytes.at(-1) === 0x0a;
}
