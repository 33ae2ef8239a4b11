import { LAYOUT_ANNOTATION, PROOF_ANNOTATION } from '../../api/labels.ts';
import { OPAQUE_KEYS, opaqueLayout } from '../../delivery/opaque.ts';
import { besideCurrent } from '../../delivery/previous.ts';
import { KeywrightError } from '../../errors.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../kube/errors/api-error.ts';
import { objectKey, type Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import { hasMaterial } from '../../sealing/material.ts';
import { signProof } from '../../sealing/proof.ts';
import type { CopiedField } from '../../sealing/sealed-material.ts';
import { digestSecret, digestsOf, proofContents, viewSecret } from '../caches/cached-secret.ts';
import { observeNamespace } from './observe-namespace.ts';
import { observePlace } from './observe.ts';
import type { DeliveryTarget } from '../planning/place-state.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { fits, holdsWanted, type KeyRendering, type WantedSecret } from '../planning/wanted-secret.ts';
import { openSealed } from './open-sealed.ts';
import { readSecretValue } from './read-secret-value.ts';
import type { Observation, PlaceRef } from '../planning/secret-view.ts';
import { renderKey, versionOf } from './render-key.ts';
import { replacementOf } from './replacement.ts';
import type { StoredRecord } from './stored-record.ts';
import { unreachable } from './unreachable.ts';

/** What a place looks like after a delivery was tried. */
export interface Delivered {
  /** The wanted place; or that of the source, when there was nothing to copy from and so nothing was written. */
  readonly place: PlaceRef;
  readonly observation: Observation;
  /** Our write was taken. */
  readonly isWritten: boolean;
}

/**
 * Writes one Secret and says what is there afterwards. A refusal is an observation, not an error, and so is a
 * source that changed or cannot be read: neither may keep the other namespaces waiting. A failure is counted here;
 * what a write that was taken counts as, only the caller knows.
 *
 * @throws KW_MATERIAL_UNREADABLE, KW_KEK_UNAVAILABLE when what is sealed does not open, KW_SOURCE_CHANGED when there
 *   are no bytes to write and a look tells no more.
 */
export async function deliver(
  ports: KeyPorts,
  identity: KeyIdentity,
  target: DeliveryTarget,
  record: StoredRecord,
  signal: AbortSignal,
): Promise<Delivered> {
  const { place } = target.wanted;
  const { rendering } = target.wanted;
  const data =
    rendering === undefined
      ? await secretData(ports, identity, target, record, signal)
      : await renderedData(ports, identity, target.wanted, rendering, record, signal);
  if (data === undefined) return await lookAtSource(ports, target, signal);
  return { place, ...(await tryWrite(ports, target, secretBody(ports, identity, target, record, data), signal)) };
}

/** Nothing is written; what the source has become decides where to copy from next. */
async function lookAtSource(
  ports: KeyPorts,
  { wanted, source }: DeliveryTarget,
  signal: AbortSignal,
): Promise<Delivered> {
  if (source.kind === 'Secret') {
    const observation = await observePlace(ports, source, signal);
    const keys = [OPAQUE_KEYS.token, OPAQUE_KEYS.signingSecret];
    const isUnchanged =
      observation.kind === 'Present' && keys.every((key) => holdsWanted(observation.secret, wanted, key));
    if (!isUnchanged) return { place: source, observation, isWritten: false };
  }
  throw new KeywrightError('KW_SOURCE_CHANGED', { environment: wanted.environment });
}

async function tryWrite(
  ports: KeyPorts,
  target: DeliveryTarget,
  body: Secret,
  signal: AbortSignal,
): Promise<Omit<Delivered, 'place'>> {
  try {
    const secret = viewSecret(digestSecret(await write(ports, target, body, signal)), ports.installation.macContext);
    // What admission changed once it changes every time.
    const observation: Observation = fits(secret, target.wanted)
      ? { kind: 'Present', live: true, secret }
      : { kind: 'Unreachable', cause: 'Altered' };
    return { observation, isWritten: true };
  } catch (error) {
    return { observation: await refused(ports, target, error, signal), isWritten: false };
  }
}

async function refused(
  ports: KeyPorts,
  { verb, wanted: { place } }: DeliveryTarget,
  error: unknown,
  signal: AbortSignal,
): Promise<Observation> {
  // Somebody was first: what is there now is judged by a live look, and planned on again.
  if (isAlreadyExists(error) || isConflict(error)) return await observePlace(ports, place, signal);
  // A webhook denies with any code it likes: only a look tells what is gone.
  if (isNotFound(error) && verb !== 'Create') return await observePlace(ports, place, signal);
  ports.countDelivery('failed');
  if (isNotFound(error)) return await observeNamespace(ports, place.namespace, signal);
  return unreachable(error);
}

async function write(
  { placeClient, caches: { secrets } }: KeyPorts,
  { replaces, verb }: DeliveryTarget,
  body: Secret,
  signal: AbortSignal,
): Promise<Secret> {
  const key = objectKey(body);
  if (verb === 'Update' && replaces !== undefined) {
    const { namespace, name, resourceVersion } = replaces;
    const current = await placeClient.get(SECRETS, { namespace, name }, { signal });
    const replacement = replacementOf(current, body, replaces);
    return await secrets.trackWrite(key, resourceVersion, () => placeClient.update(SECRETS, replacement, { signal }));
  }
  if (verb === 'Recreate' && replaces !== undefined) {
    const { namespace, name, uid, resourceVersion } = replaces;
    const remove = (): Promise<void> =>
      placeClient.delete(SECRETS, { namespace, name }, { uid, resourceVersion }, { signal });
    await secrets.trackDelete(key, resourceVersion, remove);
  }
  return await secrets.trackWrite(key, undefined, () => placeClient.create(SECRETS, body, { signal }));
}

function secretBody(
  ports: KeyPorts,
  identity: KeyIdentity,
  { wanted }: DeliveryTarget,
  record: StoredRecord,
  data: Readonly<Record<string, string>>,
): Secret {
  const { place, environment, version, keyId } = wanted;
  const claim = {
    ...identity,
    environment,
    version,
    keyId,
    targetNamespace: place.namespace,
    secretName: place.secretName,
  };
  const proof = signProof(
    ports.installation.recordContext,
    claim,
    record.ledger.sequence,
    proofContents(digestsOf(data), wanted.annotations[LAYOUT_ANNOTATION]),
  );
  const metadata = {
    name: place.secretName,
    namespace: place.namespace,
    labels: wanted.labels,
    annotations: { ...wanted.annotations, [PROOF_ANNOTATION]: proof },
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: wanted.type, data };
}

async function renderedData(
  ports: KeyPorts,
  identity: KeyIdentity,
  wanted: WantedSecret,
  rendering: KeyRendering,
  record: StoredRecord,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { environment, previous } = wanted;
  const current = await renderKey(ports, identity, wanted, rendering, record, signal);
  if (previous?.rendering === undefined) return current;
  const { version } = previous;
  const former = await renderKey(ports, identity, { environment, version }, previous.rendering, record, signal);
  return besideCurrent(current, former);
}

/** Every value the layout asks for, base64; undefined when one of them is not sealed and the source has it no more. */
async function secretData(
  ports: KeyPorts,
  identity: KeyIdentity,
  target: DeliveryTarget,
  record: StoredRecord,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { wanted } = target;
  const hasSigning = wanted.digests[OPAQUE_KEYS.signingSecret] !== undefined;
  const { hash, signingSecret: signing } = versionOf(record, wanted.environment, wanted.version);
  const token = await value(ports, identity, target, { field: 'token', hash }, record, signal);
  const signingSecret = hasSigning
    ? await value(ports, identity, target, { field: 'signingSecret', hash: signing?.hash ?? '' }, record, signal)
    : undefined;
  if (token === undefined || (hasSigning && signingSecret === undefined)) return undefined;
  const current = opaqueLayout({
    token,
    keyId: base64(wanted.keyId),
    expiresAt: wanted.expiresAt === undefined ? undefined : base64(wanted.expiresAt),
    signingSecret,
  });
  const former = await previousData(ports, identity, wanted, record, signal);
  return former === undefined ? current : besideCurrent(current, former);
}

/** What is delivered of a superseded version is sealed. */
async function previousData(
  ports: KeyPorts,
  identity: KeyIdentity,
  { environment, previous, expiresAt }: WantedSecret,
  { sealed }: StoredRecord,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (previous === undefined) return undefined;
  const { version, keyId, hasSigningSecret } = previous;
  const read = async (field: CopiedField): Promise<string> =>
    encode(await openSealed(ports, identity, sealed, { environment, version, field }, signal));
  return opaqueLayout({
    token: await read('token'),
    keyId: base64(keyId),
    expiresAt: expiresAt === undefined ? undefined : base64(expiresAt),
    signingSecret: hasSigningSecret ? await read('signingSecret') : undefined,
  });
}

async function value(
  ports: KeyPorts,
  identity: KeyIdentity,
  { wanted, source }: DeliveryTarget,
  { field, hash }: { readonly field: CopiedField; readonly hash: string },
  { sealed }: StoredRecord,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { environment, version } = wanted;
  const ref = { environment, version, field };
  if (hasMaterial(sealed, ref)) return encode(await openSealed(ports, identity, sealed, ref, signal));
  if (source.kind !== 'Secret') return undefined;
  // Whether it is gone or cannot be read, a look tells, and where to copy from instead.
  const read = await readSecretValue(ports, source, { field, hash }, signal);
  return read.kind === 'Read' ? encode(read.bytes) : undefined;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Base64. The bytes are wiped. */
function encode(bytes: Uint8Array): string {
  const encoded = Buffer.from(bytes).toString('base64');
  bytes.fill(0);
  return encoded;
}
