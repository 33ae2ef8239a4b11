import { hash } from 'node:crypto';

import {
  ENVIRONMENT_LABEL,
  KEY_ID_ANNOTATION,
  OWNER_ANNOTATION,
  PROJECT_LABEL,
  PROOF_ANNOTATION,
  VERSION_ANNOTATION,
} from '../../api/labels.ts';
import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import { withoutDataCopies } from '../../kube/objects/data-copies.ts';
import type { ObjectMeta, Secret } from '../../kube/objects/objects.ts';
import type { MacContext } from '../../sealing/record-context.ts';
import { verifyProof, type ProofContents, type Proven } from '../../sealing/proof.ts';
import type { LedgerClaim, SecretView } from '../planning/secret-view.ts';

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

/** By what signs, then by version of a Secret, so that each proof is verified once: cached objects are replaced, never changed. */
const views = new WeakMap<MacContext, WeakMap<CachedSecret, SecretView>>();

/** Reads a cached or live Secret as planning sees it. Without a context no proof can be valid. */
export function viewSecret(secret: CachedSecret, context: MacContext | undefined): SecretView {
  if (context === undefined) return readView(secret, () => undefined);
  const known = views.get(context) ?? new WeakMap<CachedSecret, SecretView>();
  views.set(context, known);
  const view = known.get(secret) ?? readView(secret, (claim) => verifiedProof(secret, claim, context));
  known.set(secret, view);
  return view;
}

/** @param provenOf What the proof on the Secret tells, if it proves the claim. */
function readView(secret: CachedSecret, provenOf: (claim: LedgerClaim) => Proven | undefined): SecretView {
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
    proof: readProof(metadata, provenOf),
    proves: (claim) => provenOf(claim) !== undefined,
  };
}

/** What the Secret says of itself, if its proof is valid for just that. */
function readProof(metadata: ObjectMeta, provenOf: (claim: LedgerClaim) => Proven | undefined): SecretView['proof'] {
  const claim = readClaim(metadata);
  const proven = claim === undefined ? undefined : provenOf(claim);
  return claim === undefined || proven === undefined ? undefined : { ...claim, ...proven };
}

/** "<kind>/<namespace>/<name>" as the Secret names its owner: a hint whom to wake, never a proof. */
export function claimedOwner({ metadata }: CachedSecret): string | undefined {
  return metadata.annotations?.[OWNER_ANNOTATION];
}

/** What of a Secret's values its proof covers. */
export function proofContents(digests: CachedSecret['digests']): ProofContents {
  return { token: digests[OPAQUE_KEYS.token], signingSecret: digests[OPAQUE_KEYS.signingSecret] };
}

/** What the proof on a Secret tells, if it proves the claim for just this place. */
function verifiedProof(
  { metadata, digests }: CachedSecret,
  claim: LedgerClaim,
  context: MacContext,
): Proven | undefined {
  const text = metadata.annotations?.[PROOF_ANNOTATION];
  if (text === undefined) return undefined;
  const place = { targetNamespace: metadata.namespace ?? '', secretName: metadata.name };
  return verifyProof(context, { ...claim, ...place }, text, proofContents(digests));
}

/** Labels and annotations that a proof speaks of; undefined unless all are there and well formed. */
function readClaim({ annotations = {}, labels = {} }: ObjectMeta): LedgerClaim | undefined {
  const owner = readOwner(annotations[OWNER_ANNOTATION]);
  const project = labels[PROJECT_LABEL];
  const environment = labels[ENVIRONMENT_LABEL];
  const keyId = annotations[KEY_ID_ANNOTATION];
  const version = Number(annotations[VERSION_ANNOTATION]);
  if (owner === undefined || !isText(project) || !isText(environment) || !isText(keyId)) return undefined;
  if (!Number.isSafeInteger(version) || version < 1) return undefined;
  return { ...owner, project, environment, keyId, version };
}

/** `<kind>/<namespace>/<name>`. */
function readOwner(text: string | undefined): Pick<LedgerClaim, 'kind' | 'namespace' | 'name'> | undefined {
  const [kind, namespace, name, ...more] = text?.split('/') ?? [];
  return isText(kind) && isText(namespace) && isText(name) && more.length === 0 ? { kind, namespace, name } : undefined;
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
