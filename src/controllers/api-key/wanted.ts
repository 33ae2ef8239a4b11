import { OPAQUE_TYPE, opaqueLayout } from '../../delivery/opaque.ts';
import { digestOf, digestOfHash } from '../../keys/hash.ts';
import type { Place, VersionEntry } from '../../sealing/ledger.ts';
import { secretAnnotations, secretLabels } from '../planning/secret-metadata.ts';
import type { SecretOwner } from '../planning/key-rules.ts';
import type { WantedSecret } from '../planning/wanted-secret.ts';

/** The Secret of one place as it has to be. Nothing is copied from the key's own labels or annotations. */
export function wantedOpaqueSecret(
  owner: SecretOwner,
  place: Place,
  environment: string,
  version: VersionEntry,
  expiresAt: string | undefined,
): WantedSecret {
  const signing = version.signingSecret;
  return {
    place,
    environment,
    version: version.version,
    keyId: version.keyId,
    expiresAt,
    type: OPAQUE_TYPE,
    labels: secretLabels(owner, environment),
    annotations: secretAnnotations(owner.identity, version),
    digests: opaqueLayout({
      token: digestOfHash(version.hash),
      keyId: digestOf(version.keyId),
      expiresAt: expiresAt === undefined ? undefined : digestOf(expiresAt),
      signingSecret: signing === undefined || signing.destroyAt !== undefined ? undefined : digestOfHash(signing.hash),
    }),
  };
}
