import { hash, timingSafeEqual } from 'node:crypto';

const PREFIX = 'sha256:';

/**
 * The stored verifier of a minted token: `sha256:<64 lowercase hex>` of the whole token, checksum included.
 * Bytes are hashed as they are, so that those of a Secret need not become a string, which nobody can wipe.
 *
 * Only for tokens that hold 256 random bits. Anything a person chose could be guessed from it, and needs a keyed hash.
 */
export function hashToken(token: string | Uint8Array): string {
  return hashOfDigest(digestOf(token));
}

/** SHA-256 of a text or of bytes, as 64 lowercase hex digits. */
export function digestOf(text: string | Uint8Array): string {
  return hash('sha256', text);
}

/** `sha256:<hex>`, as ledger and status write a digest. */
export function hashOfDigest(digest: string): string {
  return `${PREFIX}${digest}`;
}

/** Is a stored hash the digest of its value, as that of what we minted is? Anything else is keyed. */
export function isPlainHash(stored: string): boolean {
  return stored.startsWith(PREFIX);
}

/** The hex digest in `sha256:<hex>`. */
export function digestOfHash(tokenHash: string): string {
  return tokenHash.slice(PREFIX.length);
}

/**
 * Whether two stored hashes are the same text, in a time that depends on their lengths only. Never throws;
 * an empty hash equals nothing, so two absent verifiers are no match.
 */
export function hashesEqual(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8')];
  if (leftBytes.length === 0 || leftBytes.length !== rightBytes.length) return false;
  return timingSafeEqual(leftBytes, rightBytes);
}
