import type { KeyIdentity } from './ledger.ts';
import { lengthPrefixed } from './length-prefixed.ts';
import type { Peppers } from './peppers.ts';

const LABEL = 'keywright.dev/material-hash/v1';

/**
 * What ledger and status tell of the bytes of a crypto key: a keyed hash in which the key's identity takes part. Two
 * keys with the same bytes have different ones, so that nobody who imports a guess can compare it with what the status
 * of another key shows.
 *
 * @returns `hmac-sha256:<pepper id>:<hex>`.
 */
export function materialHash(
  peppers: Pick<Peppers, 'keyedHash'>,
  { project, kind, name }: Pick<KeyIdentity, 'project' | 'kind' | 'name'>,
  bytes: Uint8Array,
): string {
  const framed = lengthPrefixed(LABEL, [project, kind, name, bytes]);
  const hash = peppers.keyedHash(framed);
  framed.fill(0);
  return hash;
}
