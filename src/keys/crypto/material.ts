import type { Algorithm } from './algorithm.ts';

/**
 * How the bytes of a key are written down.
 * - Raw: the bytes of a symmetric key.
 * - Pkcs8, Spki: DER of a private key (RFC 5958) and of a public one (RFC 5280).
 * - OpenPgpPrivate, OpenPgpPublic: a binary transferable key (RFC 9580); a private one is not locked.
 */
export type MaterialForm = 'Raw' | 'Pkcs8' | 'Spki' | 'OpenPgpPrivate' | 'OpenPgpPublic';

/** One key as it is sealed: without a passphrase, whatever it was imported with or is delivered with. */
export interface KeyMaterial {
  readonly algorithm: Algorithm;
  readonly form: MaterialForm;
  readonly bytes: Uint8Array;
}
