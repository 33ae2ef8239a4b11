import { crc32 } from 'node:zlib';
import type { RandomBytes } from '../clock.ts';
import { encodeBase62, encodeBytesBase62 } from './base62.ts';
import { hashToken } from './hash.ts';
import { drawKeyId, isKeyId, KEY_ID_LENGTH } from './key-id.ts';
import { maskToken } from './mask.ts';
import { drawBytes } from './random-bytes.ts';
import { assertTokenPrefix, isTokenPrefix } from './token-prefix.ts';

/**
 * A token is `<prefix>_<keyId 12>_<secret 43><crc 6>`, for example `sk_live_0f3k9m2xq71z_…`. The secret is
 * 32 random bytes in base62; the checksum is the CRC-32 (IEEE) of everything before it, in base62.
 *
 * The checksum finds typing errors and garbage before any look-up and lets secret scanners discard
 * look-alikes. It proves nothing: only the hash does.
 */
const SECRET_BYTES = 32;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SECRET_PART = /^[0-9A-Za-z]{49}$/;

/** Longer text is no token; it is refused before any work is spent on it. The longest real one has 95 characters. */
const MAX_TEXT_LENGTH = 200;

export interface MintedToken {
  /** The whole token: the only secret here. */
  readonly token: string;
  /** Public, unique, stable. */
  readonly keyId: string;
  /** `sha256:<64 hex>` of the whole token. */
  readonly hash: string;
  /** Public printable form. */
  readonly mask: string;
}

/** The public parts of a token. The secret is left out: comparing goes by the hash of the whole text. */
export interface ParsedToken {
  readonly prefix: string;
  readonly keyId: string;
  /** False: the text has the shape of a token but was mistyped, cut together or invented. */
  readonly checksumOk: boolean;
}

/**
 * Mints a token with 256 random bits. Draws 12 bytes for the key id, then 32 for the secret.
 *
 * @throws {RangeError} if the prefix is not one `composeTokenPrefix` could return, or the random source fails
 * to deliver.
 */
export function mintToken({
  prefix,
  randomBytes,
}: {
  readonly prefix: string;
  readonly randomBytes: RandomBytes;
}): MintedToken {
  assertTokenPrefix(prefix);
  const keyId = drawKeyId(randomBytes);
  const secret = encodeBytesBase62(drawBytes(randomBytes, SECRET_BYTES), SECRET_LENGTH);
  const body = `${prefix}_${keyId}_${secret}`;
  const token = body + checksum(body);
  return { token, keyId, hash: hashToken(token), mask: maskToken({ prefix, keyId }) };
}

/**
 * Reads a text as a token, from the back: 49 characters of secret and checksum, 12 of key id, and what is
 * left is the prefix, which may hold `_` itself.
 *
 * Never throws and never keeps or repeats the secret. Its time depends on the text alone, not on any stored key.
 *
 * @returns undefined when the text does not have the shape of a token.
 *
 * @internal
 */
export function parseToken(text: string): ParsedToken | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const secretAt = text.length - SECRET_LENGTH - CHECKSUM_LENGTH;
  const keyIdAt = secretAt - 1 - KEY_ID_LENGTH;
  const prefixEnd = keyIdAt - 1;
  if (prefixEnd < 1 || text[secretAt - 1] !== '_' || text[prefixEnd] !== '_') return undefined;

  const prefix = text.slice(0, prefixEnd);
  const keyId = text.slice(keyIdAt, keyIdAt + KEY_ID_LENGTH);
  if (!isTokenPrefix(prefix) || !isKeyId(keyId) || !SECRET_PART.test(text.slice(secretAt))) return undefined;

  const body = text.slice(0, -CHECKSUM_LENGTH);
  return { prefix, keyId, checksumOk: text.slice(-CHECKSUM_LENGTH) === checksum(body) };
}

function checksum(body: string): string {
  return encodeBase62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}
