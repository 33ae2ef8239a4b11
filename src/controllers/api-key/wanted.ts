import { ORIGIN_ANNOTATION } from '../../api/labels.ts';
import { OPAQUE_KEYS, OPAQUE_TYPE, opaqueLayout } from '../../delivery/opaque.ts';
import { digestOf, digestOfHash } from '../../keys/hash.ts';
import type { Place, VersionEntry } from '../../sealing/ledger.ts';
import { isImportedToken } from '../../sealing/token-hash.ts';
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
  const isMinted = !isImportedToken(version.hash);
  return {
    place,
    environment,
    version: version.version,
    keyId: version.keyId,
    expiresAt,
    type: OPAQUE_TYPE,
    labels: secretLabels(owner, environment),
    annotations: {
      ...secretAnnotations(owner.identity, version),
      ...(isMinted ? {} : { [ORIGIN_ANNOTATION]: 'Imported' }),
    },
    ...(isMinted ? {} : { keyed: { [OPAQUE_KEYS.token]: version.hash } }),
    digests: opaqueLayout({
      token: isMinted ? digestOfHash(version.hash) : undefined,
      keyId: digestOf(version.keyId),
      expiresAt: expiresAt === undefined ? undefined : digestOf(expiresAt),
      signingSecret: signing === undefined || signing.destroyAt !== undefined ? undefined : digestOfHash(signing.hash),
    }),
  };
}
