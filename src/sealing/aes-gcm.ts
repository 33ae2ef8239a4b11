import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CipherKey } from 'node:crypto';
import { SealingError } from './sealing-error.ts';

export const IV_BYTES = 12;
export const TAG_BYTES = 16;

const ALGORITHM = 'aes-256-gcm';
// Node accepts a GCM tag of 4 bytes unless the length is pinned; a short tag makes forgery cheap.
const PINNED_TAG = { authTagLength: TAG_BYTES } as const;

/** One AES-256-GCM encryption. */
export interface Encrypted {
  /** 12 bytes, random, never used twice under one key. */
  readonly iv: Uint8Array;
  /** As long as the plaintext. */
  readonly ciphertext: Uint8Array;
  /** 16 bytes. */
  readonly tag: Uint8Array;
}

/**
 * @param key 32 bytes.
 * @param iv 12 fresh random bytes. With random IVs one key is good for 2^32 encryptions (NIST SP 800-38D).
 * @param context Bound to the result (GCM's additional data), not contained in it.
 * @throws {RangeError} if the IV has another length.
 */
export function encrypt(key: CipherKey, iv: Uint8Array, context: Uint8Array, plaintext: Uint8Array): Encrypted {
  if (iv.length !== IV_BYTES) throw new RangeError('An AES-GCM IV must have 12 bytes');
  const cipher = createCipheriv(ALGORITHM, key, iv, PINNED_TAG);
  cipher.setAAD(context);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

/**
 * The plaintext, in an array of its own that the caller wipes.
 * @throws {SealingError} OpenFailed if key, context or any byte differs from what `encrypt` had.
 */
export function decrypt(key: CipherKey, { iv, ciphertext, tag }: Encrypted, context: Uint8Array): Uint8Array {
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) throw new SealingError('OpenFailed');
  const decipher = createDecipheriv(ALGORITHM, key, iv, PINNED_TAG);
  decipher.setAAD(context);
  decipher.setAuthTag(tag);
  // GCM is a stream mode: update yields the whole text, final yields nothing and judges the tag.
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
    return new Uint8Array(plaintext);
  } catch {
    throw new SealingError('OpenFailed');
  } finally {
    plaintext.fill(0);
  }
}
