import { ORIGIN_ANNOTATION } from '../../api/labels.ts';
import { OPAQUE_KEYS, opaqueLayout } from '../../delivery/opaque.ts';
import { besideCurrent, PREVIOUS_PREFIX } from '../../delivery/previous.ts';
import { digestOf, digestOfHash } from '../../keys/hash.ts';
import type { VersionEntry } from '../../sealing/ledger.ts';
import { isImportedToken } from '../../sealing/token-hash.ts';
import { secretAnnotations } from '../planning/secret-metadata.ts';
import type { PlacedVersion, SecretOwner } from '../planning/key-rules.ts';
import { wantedForVersion } from '../planning/wanted-for-version.ts';
import type { WantedSecret } from '../planning/wanted-secret.ts';

/** The Secret of one place as it has to be. Nothing is copied from the key's own labels or annotations. */
export function wantedOpaqueSecret(owner: SecretOwner, placed: PlacedVersion): WantedSecret {
  const { version, expiresAt, previous } = placed;
  const isMinted = !isImportedToken(version.hash);
  const current = layoutDigests(version, expiresAt);
  const keyed = { ...keyedToken(version, ''), ...(previous && keyedToken(previous, PREVIOUS_PREFIX)) };
  return {
    ...wantedForVersion(owner, placed),
    annotations: {
      ...secretAnnotations(owner.identity, version),
      ...(isMinted ? {} : { [ORIGIN_ANNOTATION]: 'Imported' }),
    },
    ...(Object.keys(keyed).length > 0 && { keyed }),
    digests: previous === undefined ? current : besideCurrent(current, layoutDigests(previous, expiresAt)),
    ...(previous !== undefined && {
      previous: {
        version: previous.version,
        keyId: previous.keyId,
        hasSigningSecret: deliveredSigningSecret(previous) !== undefined,
      },
    }),
  };
}

function layoutDigests(version: VersionEntry, expiresAt: string | undefined): Readonly<Record<string, string>> {
  const signing = deliveredSigningSecret(version);
  return opaqueLayout({
    token: isImportedToken(version.hash) ? undefined : digestOfHash(version.hash),
    keyId: digestOf(version.keyId),
    expiresAt: expiresAt === undefined ? undefined : digestOf(expiresAt),
    signingSecret: signing === undefined ? undefined : digestOfHash(signing.hash),
  });
}

/** A token that others made, under its data key. */
function keyedToken({ hash }: VersionEntry, prefix: string): Readonly<Record<string, string>> {
  return isImportedToken(hash) ? { [`${prefix}${OPAQUE_KEYS.token}`]: hash } : {};
}

function deliveredSigningSecret({ signingSecret }: VersionEntry): VersionEntry['signingSecret'] {
  return signingSecret?.destroyAt === undefined ? signingSecret : undefined;
}
