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
import { digestOf } from '../../keys/hash.ts';
import type { KeyIdentity, VersionEntry } from '../../sealing/ledger.ts';
import type { SecretOwner } from './key-rules.ts';
import { ownerOf } from './place-state.ts';

/** Labels of a delivered Secret: an index, not a proof. */
export function secretLabels(
  { identity, company }: SecretOwner,
  environment: string,
): Readonly<Record<string, string>> {
  return {
    [MANAGED_LABEL]: 'true',
    [KIND_LABEL]: identity.kind,
    [PROJECT_LABEL]: identity.project,
    [ENVIRONMENT_LABEL]: environment,
    [OWNER_LABEL]: ownerLabel(identity),
    ...(company === undefined ? {} : { [COMPANY_LABEL]: company }),
  };
}

/** Annotations of a delivered Secret, but for the proof, which the writer adds. */
export function secretAnnotations(
  identity: KeyIdentity,
  { version, keyId }: VersionEntry,
): Readonly<Record<string, string>> {
  return {
    [OWNER_ANNOTATION]: ownerOf(identity),
    [VERSION_ANNOTATION]: String(version),
    [KEY_ID_ANNOTATION]: keyId,
  };
}

/** First 128 bits of sha256("<kind>/<project>/<namespace>/<name>") in hex. */
function ownerLabel({ kind, project, namespace, name }: KeyIdentity): string {
  return digestOf(`${kind}/${project}/${namespace}/${name}`).slice(0, 32);
}
