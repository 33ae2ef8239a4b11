import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import { ApiError, ConnectionError } from '../../kube/errors/api-error.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import { isValueOf } from '../../sealing/token-hash.ts';
import type { CopiedField } from '../../sealing/sealed-material.ts';
import type { KeyPorts } from '../shared/ports.ts';
import type { PlaceRef } from '../planning/secret-view.ts';

/**
 * Reads one value of a delivered Secret live, if it is the very one the ledger knows. The caller wipes the bytes.
 * @param hash Of the value, as stored.
 * @returns Undefined when the Secret is gone, holds other bytes or cannot be read.
 */
export async function readSecretValue(
  { placeClient, installation }: Pick<KeyPorts, 'placeClient' | 'installation'>,
  place: PlaceRef,
  field: CopiedField,
  hash: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const secret = await placeClient.get(SECRETS, { namespace: place.namespace, name: place.secretName }, { signal });
    const bytes = Buffer.from(secret.data?.[OPAQUE_KEYS[field]] ?? '', 'base64');
    if (isValueOf(installation, bytes, hash)) return bytes;
    bytes.fill(0);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError || error instanceof ConnectionError) return undefined;
    throw error;
  }
}
