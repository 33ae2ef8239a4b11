import { hash } from 'node:crypto';

import {
  ADOPT_ANNOTATION,
  COMPANY_LABEL,
  ENVIRONMENT_LABEL,
  KEY_ID_ANNOTATION,
  KIND_LABEL,
  LAYOUT_ANNOTATION,
  MANAGED_LABEL,
  ORIGIN_ANNOTATION,
  OWNER_ANNOTATION,
  OWNER_LABEL,
  PROJECT_LABEL,
  PROOF_ANNOTATION,
  VERSION_ANNOTATION,
} from '../../api/labels.ts';
import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import { PREVIOUS_PREFIX } from '../../delivery/previous.ts';
import { RENDERED_KEYS } from '../../delivery/rendered.ts';
import type { ObjectMeta, Secret } from '../../kube/objects/objects.ts';
import { macKeyIdOf } from '../../sealing/mac.ts';
import type { MacContext } from '../../sealing/record-context.ts';
import type { Peppers } from '../../sealing/peppers.ts';
import { isKeyedDigest } from '../../sealing/token-hash.ts';
import { renewProof, verifyProof, type ProofContents, type Proven } from '../../sealing/proof.ts';
import type { LedgerClaim, SecretView } from '../planning/secret-view.ts';
import { bounded, keptMetadata } from './kept-metadata.ts';

/** Labels and annotations that a delivered Secret is judged by, or that may stand on one we shall write. */
const KEPT = {
  labels: [MANAGED_LABEL, KIND_LABEL, PROJECT_LABEL, ENVIRONMENT_LABEL, OWNER_LABEL, COMPANY_LABEL],
  annotations: [
    OWNER_ANNOTATION,
    VERSION_ANNOTATION,
    KEY_ID_ANNOTATION,
    LAYOUT_ANNOTATION,
    ORIGIN_ANNOTATION,
    PROOF_ANNOTATION,
    ADOPT_ANNOTATION,
  ],
} as const;

const CURRENT_KEYS: readonly string[] = [...Object.values(OPAQUE_KEYS), ...RENDERED_KEYS];
const LAYOUT_KEYS: ReadonlySet<string> = new Set([
  ...CURRENT_KEYS,
  ...CURRENT_KEYS.map((key) => `${PREVIOUS_PREFIX}${key}`),
]);
/** Public, and told by the ledger. */
const PUBLIC_KEYS: ReadonlySet<string> = new Set(
  [OPAQUE_KEYS.keyId, OPAQUE_KEYS.expiresAt].flatMap((key) => [key, `${PREVIOUS_PREFIX}${key}`]),
);

/** What the cache keeps of a delivered Secret: digests instead of bytes, and little of what others put there. */
export interface CachedSecret {
  /** Only labels and annotations of ours, no finalizers and no owners. */
  readonly metadata: ObjectMeta;
  readonly type: string;
  readonly immutable: boolean;
  readonly hasFinalizers: boolean;
  /** Somebody's controller owns it. */
  readonly isControlled: boolean;
  /** Of the layout's data keys. */
  readonly digests: Readonly<Record<string, string>>;
  /** How many data keys there are that no layout has. */
  readonly otherDataKeys: number;
}

/**
 * Drops the bytes. Nothing secret leaves this function, and what it keeps has a size that no writer of the Secret
 * decides: anybody may label a Secret for us, in a namespace that no project names.
 */
export function digestSecret({ metadata, type = 'Opaque', immutable, data = {} }: Secret): CachedSecret {
  const names = Object.keys(data);
  const known = names.filter((name) => LAYOUT_KEYS.has(name));
  return {
    metadata: keptMetadata(metadata, KEPT),
    type: bounded(type),
    immutable: immutable === true,
    hasFinalizers: (metadata.finalizers ?? []).length > 0,
    isControlled: metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false,
    digests: digestsOf(Object.fromEntries(known.map((name) => [name, data[name] ?? '']))),
    otherDataKeys: names.length - known.length,
  };
}

/** Data key to lowercase hex SHA-256 of the value. @param data Base64. */
export function digestsOf(data: Readonly<Record<string, string>>): CachedSecret['digests'] {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, hash('sha256', Buffer.from(value, 'base64'))]),
  );
}

/** By what signs, then by version of a Secret, so that each proof is verified once: cached objects are replaced, never changed. */
const views = new WeakMap<ViewContext, WeakMap<CachedSecret, SecretView>>();

/** What Secrets are judged with. */
export interface ViewContext extends MacContext {
  /** Absent while they cannot be read: then no keyed hash is known again. */
  readonly peppers?: Peppers | undefined;
}

/** Reads a cached or live Secret as planning sees it. Without a context no proof can be valid. */
export function viewSecret(secret: CachedSecret, context: ViewContext | undefined): SecretView {
  if (context === undefined) return readView(secret, undefined, () => undefined);
  const known = views.get(context) ?? new WeakMap<CachedSecret, SecretView>();
  views.set(context, known);
  const view = known.get(secret) ?? readView(secret, context.peppers, (claim) => verifiedProof(secret, claim, context));
  known.set(secret, view);
  return view;
}

/** @param provenOf What the proof on the Secret tells, if it proves the claim. */
function readView(
  secret: CachedSecret,
  peppers: Peppers | undefined,
  provenOf: (claim: LedgerClaim) => Proven | undefined,
): SecretView {
  const { metadata, type, immutable, hasFinalizers, isControlled, digests, otherDataKeys } = secret;
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
    otherDataKeys,
    hasFinalizers,
    foreignController: isControlled,
    proof: readProof(metadata, provenOf),
    proves: (claim) => provenOf(claim) !== undefined,
    isKeyedDigest: (digest, stored) => peppers !== undefined && isKeyedDigest(peppers, digest, stored),
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

/**
 * What of a Secret its proof covers: all values but those that are public and told by the ledger, and how they are laid
 * out, so that nobody puts old values under a new layout.
 */
export function proofContents(digests: CachedSecret['digests'], layout: string | undefined): ProofContents {
  const contents = Object.fromEntries(Object.entries(digests).filter(([key]) => !PUBLIC_KEYS.has(key)));
  // No data key has a "/".
  return layout === undefined ? contents : { ...contents, [LAYOUT_ANNOTATION]: layout };
}

/** Does a former MAC key prove what the Secret says of itself? */
export function hasFormerProof(secret: CachedSecret, context: ViewContext): boolean {
  const text = secret.metadata.annotations?.[PROOF_ANNOTATION];
  const keyId = text === undefined ? undefined : macKeyIdOf(text);
  return keyId !== undefined && context.macKeys.isFormer(keyId) && viewSecret(secret, context).proof !== undefined;
}

/** Its proof under the MAC key that signs now; undefined if it proves nothing. */
export function renewedProof({ metadata, digests }: CachedSecret, context: MacContext): string | undefined {
  const text = metadata.annotations?.[PROOF_ANNOTATION];
  const claim = readClaim(metadata);
  if (text === undefined || claim === undefined) return undefined;
  const place = { targetNamespace: metadata.namespace ?? '', secretName: metadata.name };
  const contents = proofContents(digests, metadata.annotations?.[LAYOUT_ANNOTATION]);
  return renewProof(context, { ...claim, ...place }, text, contents);
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
  return verifyProof(
    context,
    { ...claim, ...place },
    text,
    proofContents(digests, metadata.annotations?.[LAYOUT_ANNOTATION]),
  );
}

/** What a Secret says of itself, by the labels and annotations that a proof speaks of; undefined unless all are there and well formed. */
export function readClaim({ annotations = {}, labels = {} }: ObjectMeta): LedgerClaim | undefined {
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
