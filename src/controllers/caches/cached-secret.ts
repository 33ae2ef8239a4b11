import { hash } from 'node:crypto';

import {
  ENVIRONMENT_LABEL,
  KEY_ID_ANNOTATION,
  OWNER_ANNOTATION,
  PROJECT_LABEL,
  PROOF_ANNOTATION,
  VERSION_ANNOTATION,
} from '../../api/labels.ts';
import { withoutDataCopies } from '../../kube/objects/data-copies.ts';
import type { ObjectMeta, Secret } from '../../kube/objects/objects.ts';
import type { MacContext } from '../../sealing/record-context.ts';
import { verifyProof } from '../../sealing/proof.ts';
import type { ProvenClaim, SecretView } from '../planning/secret-view.ts';

/** What the cache keeps of a delivered Secret: digests instead of bytes. */
export interface CachedSecret {
  readonly metadata: ObjectMeta;
  readonly type: string;
  readonly immutable: boolean;
  readonly digests: Readonly<Record<string, string>>;
}

/** Drops the bytes. Nothing secret leaves this function. */
export function digestSecret({ metadata, type, immutable, data }: Secret): CachedSecret {
  const digests: Record<string, string> = {};
  for (const [key, base64] of Object.entries(data ?? {})) {
    digests[key] = hash('sha256', Buffer.from(base64, 'base64'));
  }
  const { managedFields: _dropped, annotations, ...kept } = metadata as ObjectMeta & { managedFields?: unknown };
  return {
    // What is not known of is not written back, so our next write removes the copies.
    metadata: { ...kept, annotations: withoutDataCopies(annotations) },
    type: type ?? 'Opaque',
    immutable: immutable === true,
    digests,
  };
}

/** Reads a cached or live Secret as planning sees it. Without a context no proof can be valid. */
export function viewSecret(secret: CachedSecret, context: MacContext | undefined): SecretView {
  const { metadata, type, immutable, digests } = secret;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    type,
    immutable,
    deleting: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    digests,
    finalizers: metadata.finalizers ?? [],
    ownerReferences: metadata.ownerReferences ?? [],
    foreignController: metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false,
    proof: context === undefined ? undefined : readProof(metadata, context),
  };
}

/** "<kind>/<namespace>/<name>" as the Secret names its owner: a hint whom to wake, never a proof. */
export function claimedOwner({ metadata }: CachedSecret): string | undefined {
  return metadata.annotations?.[OWNER_ANNOTATION];
}

/** What the Secret says of itself, if its proof is valid for just that at just this place. */
function readProof(metadata: ObjectMeta, context: MacContext): ProvenClaim | undefined {
  const text = metadata.annotations?.[PROOF_ANNOTATION];
  const claim = readClaim(metadata);
  if (text === undefined || claim === undefined) return undefined;
  const place = { targetNamespace: metadata.namespace ?? '', secretName: metadata.name };
  const proof = verifyProof(context, { ...claim, ...place }, text);
  return proof === undefined ? undefined : { ...claim, sequence: proof.sequence };
}

/** Labels and annotations that a proof speaks of; undefined unless all are there and well formed. */
function readClaim({ annotations = {}, labels = {} }: ObjectMeta): Omit<ProvenClaim, 'sequence'> | undefined {
  const owner = (annotations[OWNER_ANNOTATION] ?? '').split('/');
  const texts = [...owner, labels[PROJECT_LABEL], labels[ENVIRONMENT_LABEL], annotations[KEY_ID_ANNOTATION]];
  const [kind, namespace, name, project, environment, keyId] = texts.map((text) => text ?? '');
  const version = Number(annotations[VERSION_ANNOTATION]);
  if (owner.length !== 3 || texts.some((text) => text === undefined || text === '')) return undefined;
  if (!Number.isSafeInteger(version) || version < 1) return undefined;
  return { kind, namespace, name, project, environment, keyId, version } as Omit<ProvenClaim, 'sequence'>;
}
