import { digestOf, hashesEqual, hashToken, isPlainHash } from '../keys/hash.ts';
import type { Peppers } from './peppers.ts';

/**
 * The stored hash of a token that others made: keyed, as nobody knows how it came about. It is made of the token's
 * SHA-256, so that whoever keeps digests of Secrets instead of their bytes can tell which of them holds the token.
 */
export function keyedTokenHash(peppers: Peppers, token: Uint8Array): string {
  return peppers.keyedHash(digestBytes(digestOf(token)));
}

/** All forms in which a ledger may hold the hash of a token: of one that was minted, and of one that was imported. */
export function storedTokenHashes(peppers: Peppers, token: Uint8Array): readonly string[] {
  return [hashToken(token), ...peppers.keyedHashes(digestBytes(digestOf(token)))];
}

/** Did others make the token of a stored hash? Only of tokens: the hash of a crypto key is keyed, whoever made it. */
export function isImportedToken(stored: string): boolean {
  return !isPlainHash(stored);
}

/**
 * Is it the token, or the signing secret, of a stored hash of either form? In constant time.
 *
 * @param holder Asked for its peppers for a keyed hash alone: a plain one needs none, and those may be gone.
 */
export function isValueOf(holder: { readonly peppers: Peppers }, value: Uint8Array, stored: string): boolean {
  return isPlainHash(stored)
    ? hashesEqual(hashToken(value), stored)
    : isKeyedDigest(holder.peppers, digestOf(value), stored);
}

/** Is a digest, of 64 hex digits, that of the token of a keyed hash? */
export function isKeyedDigest(peppers: Peppers, digest: string, stored: string): boolean {
  return peppers.matchesKeyedHash(digestBytes(digest), stored);
}

function digestBytes(digest: string): Uint8Array {
  return Buffer.from(digest, 'hex');
}
