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
export function materialHash(peppers: Pick<Peppers, 'keyedHash'>, key: NamedKey, bytes: Uint8Array): string {
  return withFramed(key, bytes, (framed) => peppers.keyedHash(framed));
}

/** The same under each pepper: what the ledger of the key may hold of these bytes. */
export function materialHashes(
  peppers: Pick<Peppers, 'keyedHashes'>,
  key: NamedKey,
  bytes: Uint8Array,
): readonly string[] {
  return withFramed(key, bytes, (framed) => peppers.keyedHashes(framed));
}

type NamedKey = Pick<KeyIdentity, 'project' | 'kind' | 'name'>;

function withFramed<T>({ project, kind, name }: NamedKey, bytes: Uint8Array, hash: (framed: Uint8Array) => T): T {
  const framed = lengthPrefixed(LABEL, [project, kind, name, bytes]);
  try {
    return hash(framed);
  } finally {
    framed.fill(0);
  }
}
