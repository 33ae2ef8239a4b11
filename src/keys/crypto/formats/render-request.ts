import type { KeyMaterial } from '../material.ts';

/**
 * One key to be written in a format. The same request gives the same bytes: a Secret that was deleted is restored
 * byte for byte.
 */
export interface RenderRequest {
  /** Not changed and not kept. */
  readonly material: KeyMaterial;
  /**
   * Name of the key inside a key store, of its carrier certificate, and the comment of an SSH key: 1 to 63 of
   * `[a-z0-9._-]`. Lower case only, because Java shows the names of a key store that way.
   */
  readonly alias: string;
  /** Printable ASCII, as Java demands of the password of a key store. Absent: private keys are not protected. */
  readonly passphrase?: Uint8Array;
  /** When the version was made: the start of a carrier certificate. */
  readonly createdAt: Date;
  /**
   * Stands in for randomness: `bytes` bytes that depend on the sealed material and on nothing but the label besides, so that
   * no two keys share a salt, an initialization vector or a serial number.
   */
  readonly salt: (label: string, bytes: number) => Uint8Array;
}
