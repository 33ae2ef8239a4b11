import type { RandomBytes } from '../clock.ts';
import { drawKeyId } from './key-id.ts';
import { drawBytes } from './random-bytes.ts';

const SECRET_BYTES = 32;

export interface SigningSecret {
  /** `whsec_` + base64 of 32 bytes, as Standard Webhooks libraries take it. Secret. */
  readonly secret: string;
  /**
   * `whs_` + 12 characters of the key-id alphabet. Public: it names the secret in status, logs and events.
   * Drawn apart from the secret, so it tells nothing about it.
   */
  readonly id: string;
}

/** Mints the secret that signs webhooks, independent of any token. https://github.com/standard-webhooks/standard-webhooks */
export function mintSigningSecret(randomBytes: RandomBytes): SigningSecret {
  const id = `whs_${drawKeyId(randomBytes)}`;
  const secret = `whsec_${Buffer.from(drawBytes(randomBytes, SECRET_BYTES)).toString('base64')}`;
  return { secret, id };
}
