import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import { ApiError, ConnectionError, isNotFound } from '../../kube/errors/api-error.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import { isValueOf } from '../../sealing/token-hash.ts';
import type { CopiedField } from '../../sealing/sealed-material.ts';
import type { KeyPorts } from '../shared/ports.ts';
import type { PlaceRef } from '../planning/secret-view.ts';

export type ReadValue =
  /** The caller wipes the bytes. */
  | { readonly kind: 'Read'; readonly bytes: Uint8Array }
  /** The Secret is gone or holds other bytes. */
  | { readonly kind: 'Absent' }
  /** The API server refused, or gave no answer: the value may well be there. */
  | { readonly kind: 'Unreachable' };

/** Reads one value of a delivered Secret live, if it is the very one the ledger knows, by its stored hash. */
export async function readSecretValue(
  { placeClient, installation }: Pick<KeyPorts, 'placeClient' | 'installation'>,
  place: PlaceRef,
  { field, hash }: { readonly field: CopiedField; readonly hash: string },
  signal: AbortSignal,
): Promise<ReadValue> {
  try {
    const secret = await placeClient.get(SECRETS, { namespace: place.namespace, name: place.secretName }, { signal });
    const bytes = Buffer.from(secret.data?.[OPAQUE_KEYS[field]] ?? '', 'base64');
    if (isValueOf(installation, bytes, hash)) return { kind: 'Read', bytes };
    bytes.fill(0);
    return { kind: 'Absent' };
  } catch (error) {
    if (isNotFound(error)) return { kind: 'Absent' };
    if (error instanceof ApiError || error instanceof ConnectionError) return { kind: 'Unreachable' };
    throw error;
  }
}
