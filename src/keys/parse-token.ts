import { isKeyId, KEY_ID_LENGTH } from './key-id.ts';
import { CHECKSUM_LENGTH, SECRET_LENGTH, tokenChecksum } from './token-format.ts';
import { isTokenPrefix } from './token-prefix.ts';

// The operator mints and never verifies. This states the format for those who do, and holds what is minted to it.

const SECRET_PART = /^[0-9A-Za-z]{49}$/;

/** Longer text is no token; it is refused before any work is spent on it. The longest real one has 95 characters. */
const MAX_TEXT_LENGTH = 200;

/** The public parts of a token. The secret is left out: comparing goes by the hash of the whole text. */
export interface ParsedToken {
  readonly prefix: string;
  readonly keyId: string;
  /** False: the text has the shape of a token but was mistyped, cut together or invented. */
  readonly checksumOk: boolean;
}

/**
 * Reads a text as a token, from the back: 49 characters of secret and checksum, 12 of key id, and what is
 * left is the prefix, which may hold `_` itself.
 *
 * Never throws and never keeps or repeats the secret. Its time depends on the text alone, not on any stored key.
 *
 * @returns undefined when the text does not have the shape of a token.
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
  return { prefix, keyId, checksumOk: text.slice(-CHECKSUM_LENGTH) === tokenChecksum(body) };
}
