import { OPAQUE_TYPE } from '../../delivery/opaque.ts';
import type { PlacedVersion, SecretOwner } from './key-rules.ts';
import { secretLabels } from './secret-metadata.ts';
import type { WantedSecret } from './wanted-secret.ts';

/** What a Secret of any kind of key has alike. */
export function wantedForVersion(
  owner: SecretOwner,
  { place, environment, version: { version, keyId }, expiresAt }: PlacedVersion,
): Pick<WantedSecret, 'place' | 'environment' | 'version' | 'keyId' | 'expiresAt' | 'type' | 'labels'> {
  const labels = secretLabels(owner, environment);
  return { place, environment, version, keyId, expiresAt, type: OPAQUE_TYPE, labels };
}
