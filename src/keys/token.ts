import type { RandomBytes } from '../clock.ts';
import { encodeBytesBase62 } from './base62.ts';
import { hashToken } from './hash.ts';
import { drawKeyId } from './key-id.ts';
import { maskToken } from './mask.ts';
import { drawBytes } from './random-bytes.ts';
import { SECRET_LENGTH, tokenChecksum } from './token-format.ts';
import { assertTokenPrefix } from './token-prefix.ts';

const SECRET_BYTES = 32;

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
  const token = body + tokenChecksum(body);
  return { token, keyId, hash: hashToken(token), mask: maskToken({ prefix, keyId }) };
}
