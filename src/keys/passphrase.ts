import type { RandomBytes } from '../clock.ts';
import { drawBytes } from './random-bytes.ts';

/** 32 random bytes. */
const PASSPHRASE_BYTES = 32;

/**
 * The passphrase of a delivered private key: 43 characters of base64url, 256 bits. Printable ASCII, as the password of
 * a PKCS#12 store has to be for Java, and without a character that a shell or a properties file would take apart.
 * The caller wipes the bytes.
 */
export function mintPassphrase(randomBytes: RandomBytes): Uint8Array {
  const bytes = Buffer.from(drawBytes(randomBytes, PASSPHRASE_BYTES));
  const text = Buffer.from(bytes.toString('base64url'));
  bytes.fill(0);
  return text;
}
