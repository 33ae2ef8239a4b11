import {
  COMPANY_LABEL,
  ENVIRONMENT_LABEL,
  KEY_ID_ANNOTATION,
  KIND_LABEL,
  MANAGED_LABEL,
  OWNER_ANNOTATION,
  OWNER_LABEL,
  PROJECT_LABEL,
  VERSION_ANNOTATION,
} from '../../api/labels.ts';
import { OPAQUE_TYPE, opaqueLayout } from '../../delivery/opaque.ts';
import { digestOf, digestOfHash } from '../../keys/hash.ts';
import type { KeyIdentity, Place, VersionEntry } from '../../sealing/ledger.ts';
import { ownerOf } from '../planning/place-state.ts';
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
  const { identity, company } = owner;
  const signing = version.signingSecret;
  return {
    place,
    environment,
    version: version.version,
    keyId: version.keyId,
    expiresAt,
    type: OPAQUE_TYPE,
    labels: {
      [MANAGED_LABEL]: 'true',
      [KIND_LABEL]: identity.kind,
      [PROJECT_LABEL]: identity.project,
      [ENVIRONMENT_LABEL]: environment,
      [OWNER_LABEL]: ownerLabel(identity),
      ...(company === undefined ? {} : { [COMPANY_LABEL]: company }),
    },
    annotations: {
      [OWNER_ANNOTATION]: ownerOf(identity),
      [VERSION_ANNOTATION]: String(version.version),
      [KEY_ID_ANNOTATION]: version.keyId,
    },
    digests: opaqueLayout({
      token: digestOfHash(version.hash),
      keyId: digestOf(version.keyId),
      expiresAt: expiresAt === undefined ? undefined : digestOf(expiresAt),
      signingSecret: signing === undefined || signing.destroyAt !== undefined ? undefined : digestOfHash(signing.hash),
    }),
  };
}

/** First 128 bits of sha256("<kind>/<project>/<namespace>/<name>") in hex. */
function ownerLabel({ kind, project, namespace, name }: KeyIdentity): string {
  return digestOf(`${kind}/${project}/${namespace}/${name}`).slice(0, 32);
}
