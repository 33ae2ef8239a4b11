import { isDeepStrictEqual } from 'node:util';
import type { KeyObject, KeyStatus } from '../../../src/api/key-object.ts';
import { ADOPT_ANNOTATION, FINALIZER, LAYOUT_ANNOTATION, PROOF_ANNOTATION } from '../../../src/api/labels.ts';
import { entriesOf } from '../../../src/controllers/planning/key-facts.ts';
import type { Step } from '../../../src/controllers/key/step.ts';
import type { WithdrawalTarget } from '../../../src/controllers/key/secret-work.ts';
import { isOurs, type DeliveryTarget } from '../../../src/controllers/planning/place-state.ts';
import type { RecordChange, SealOrder } from '../../../src/controllers/planning/record-change.ts';
import {
  placeKey,
  type Observation,
  type PlaceRef,
  type LedgerClaim,
  type SecretView,
} from '../../../src/controllers/planning/secret-view.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import type { Ledger, VersionEntry } from '../../../src/sealing/ledger.ts';
import { isLedger } from '../../../src/sealing/ledger-schema.ts';
import type { CopiedField, MaterialField, MaterialRef } from '../../../src/sealing/sealed-material.ts';
import type { KeyRendering, WantedSecret } from '../../../src/controllers/planning/wanted-secret.ts';
import { digest, foreignSecret, isHashOf } from '../facts.ts';
import { heldHash, mint, type ModelMint } from './minting.ts';
import { gather, recordFactsOf, type Gathered, type ModelRecord, type SealedValue, type World } from './world.ts';
import { believedStatus } from '../status-signing.ts';

/** Acting failed as it may fail in life: the pass ends here and the next one gathers afresh. */
export class Interrupted extends Error {
  override readonly name: string = 'Interrupted';
}

const DATA_KEYS = { token: 'token', signingSecret: 'signing-secret' } as const;

/** Does what act.ts does to the facts and to the world. @throws {Interrupted} where act.ts throws. */
export function act(world: World, step: Step, gathered: Gathered): Gathered {
  switch (step.kind) {
    case 'ConfirmLive':
      return gather(world, true);
    case 'AddFinalizer':
      return writeObject(world, gathered, ({ metadata, ...object }) => ({
        ...object,
        metadata: { ...metadata, finalizers: [...(metadata.finalizers ?? []), FINALIZER] },
      }));
    case 'RemoveFinalizer':
      return writeObject(world, gathered, ({ metadata, ...object }) => ({
        ...object,
        metadata: { ...metadata, finalizers: (metadata.finalizers ?? []).filter((name) => name !== FINALIZER) },
      }));
    case 'WriteStatus':
      return writeObject(world, gathered, (object) => ({ ...object, status: stored(step.status) }));
    case 'WriteRecord':
      return writeRecord(world, step.change, gathered);
    case 'Deliver':
      return deliverAll(world, step.targets, gathered);
    case 'Withdraw':
      return withdrawAll(world, step.targets, gathered);
  }
}

/** JSON, there and back. */
function stored(status: KeyStatus): KeyStatus {
  return JSON.parse(JSON.stringify(status)) as KeyStatus;
}

function writeObject(world: World, gathered: Gathered, edit: (object: KeyObject) => KeyObject): Gathered {
  const planned = gathered.facts.object;
  const { object } = world.server;
  if (
    planned === undefined ||
    object === undefined ||
    object.metadata.resourceVersion !== planned.metadata.resourceVersion
  ) {
    throw new Interrupted('The object changed');
  }
  const edited = edit(object);
  const { deletionTimestamp, finalizers = [] } = edited.metadata;
  const isGone = deletionTimestamp !== undefined && finalizers.length === 0;
  const metadata = { ...edited.metadata, resourceVersion: String(world.next()) };
  const written = isGone ? undefined : { ...edited, metadata };
  world.write({ object: written });
  return {
    ...gathered,
    facts: { ...gathered.facts, object: written, believedStatus: believedStatus(written?.status, world.kind.signing) },
  };
}

function writeRecord(world: World, change: RecordChange, gathered: Gathered): Gathered {
  if (world.server.record?.resourceVersion !== gathered.stored?.resourceVersion) {
    const fresh = gather(world, gathered.facts.isLive);
    const { record } = world.server;
    return { facts: { ...fresh.facts, record: recordFactsOf(record) }, stored: record };
  }
  const additions: SealedValue[] = [];
  const minted = mintAll(world, change, gathered.stored?.sealed ?? [], additions);
  const ledger = change.signing.reduce((next, order) => addSigningSecret(world, next, order, additions), minted);
  additions.push(...change.seal.flatMap((order) => readToSeal(world, order)));
  if (!isLedger(ledger)) throw new Error('The ledger is not one that could be read back');
  const kept = (gathered.stored?.sealed ?? []).filter((value) => !change.drop.some((ref) => isSame(ref, value)));
  const replaced = kept.filter((value) => !additions.some((added) => isSame(added, value)));
  const withdrawOrder = gathered.stored?.withdrawOrder;
  const record = { ledger, sealed: [...replaced, ...additions], resourceVersion: String(world.next()), withdrawOrder };
  world.write({ record });
  return { facts: { ...gathered.facts, record: recordFactsOf(record) }, stored: record };
}

/** From the source once more, or from one of its places. @throws {Interrupted} when what was seen there is gone. */
function readToSeal(world: World, { places, isReimported, isSeen, ...value }: SealOrder): readonly SealedValue[] {
  const { environment, field, hash } = value;
  const isThere =
    isReimported === true
      ? heldHash(world, environment, hash) === hash
      : places.some((place) => carries(world, place, field, hash));
  if (isThere) return [value];
  if (isSeen === true || isReimported === true) throw new Interrupted('A source changed');
  return [];
}

function mintAll(world: World, change: RecordChange, sealed: readonly SealedValue[], additions: SealedValue[]): Ledger {
  const made: ModelMint[] = [];
  let { ledger } = change;
  for (const order of change.mints) {
    const one = mint(world, ledger, sealed, order, made);
    if (one === undefined) throw new Interrupted('A source changed');
    made.push(one);
    additions.push(...one.additions);
    ledger = editVersions(ledger, order.environment, (versions) => [one.entry, ...versions]);
    if ('signingSecret' in order.material && order.material.signingSecret)
      ledger = addSigningSecret(world, ledger, order, additions);
  }
  return ledger;
}

function addSigningSecret(
  world: World,
  ledger: Ledger,
  { environment, version }: { readonly environment: string; readonly version: number },
  additions: SealedValue[],
): Ledger {
  const id = world.next();
  const hash = hashToken(`whsec ${id}`);
  additions.push({ environment, version, field: 'signingSecret', hash });
  return editVersions(ledger, environment, (versions) =>
    versions.map((known) =>
      known.version === version ? { ...known, signingSecret: { id: `whs_${id}`, hash } } : known,
    ),
  );
}

function editVersions(
  ledger: Ledger,
  environment: string,
  edit: (versions: readonly VersionEntry[]) => readonly VersionEntry[],
): Ledger {
  const environments = ledger.environments.map((entry) =>
    entry.name === environment ? { ...entry, versions: edit(entry.versions) } : entry,
  );
  return { ...ledger, environments };
}

function deliverAll(world: World, targets: readonly DeliveryTarget[], gathered: Gathered): Gathered {
  const { stored: record } = gathered;
  if (record === undefined) throw new TypeError('Cannot deliver: no valid record is stored');
  const seen = targets.map((target): [string, Observation] => {
    const { place, observation } = deliver(world, target, record);
    return [placeKey(place), observation];
  });
  return withObservations(gathered, new Map(seen));
}

/** Writes one Secret from the stored record, or looks at the source when it has the bytes no more. */
export function deliver(
  world: World,
  target: DeliveryTarget,
  record: ModelRecord,
): { readonly place: PlaceRef; readonly observation: Observation } {
  const { wanted, source } = target;
  if (wanted.rendering !== undefined) {
    const rendered = renderedDigests(wanted, wanted.rendering, record);
    if (rendered === undefined) throw new Interrupted('Nothing is sealed');
    return { place: wanted.place, observation: write(world, target, record, rendered) };
  }
  const fields = (['token', 'signingSecret'] as const).filter(
    (field) => hashIn(wanted, DATA_KEYS[field]) !== undefined,
  );
  const { previous, environment } = wanted;
  if (
    previous !== undefined &&
    !record.sealed.some((value) => isSame(value, { ...previous, environment, field: 'token' }))
  )
    throw new Interrupted('Nothing is sealed');
  if (!fields.every((field) => hasBytes(world, target, record, field))) {
    if (source.kind === 'Sealed') throw new Interrupted('Nothing is sealed');
    return { place: source, observation: world.look(source) };
  }
  return { place: wanted.place, observation: write(world, target, record, tokenDigests(wanted)) };
}

/** The stored hash of what is wanted under a data key, plain or keyed. */
function hashIn({ digests, keyed }: WantedSecret, key: string): string | undefined {
  const digestOfValue = digests[key];
  return keyed?.[key] ?? (digestOfValue === undefined ? undefined : `sha256:${digestOfValue}`);
}

/** With those of imported tokens, whose keyed hashes are made of their digests. */
function tokenDigests({ digests, keyed = {} }: WantedSecret): SecretView['digests'] {
  const known = Object.entries(keyed).map(([key, hash]) => [key, hash.slice(hash.lastIndexOf(':') + 1)] as const);
  return { ...digests, ...Object.fromEntries(known) };
}

/** What a Secret made from sealed material holds: other bytes for another key, format, alias or protection. */
function renderedDigests(
  { environment, version, annotations }: WantedSecret,
  { part, isProtected }: KeyRendering,
  { sealed }: ModelRecord,
): SecretView['digests'] | undefined {
  const hashOf = (field: MaterialField): string | undefined =>
    sealed.find((value) => isSame(value, { environment, version, field }))?.hash;
  const passphrase = hashOf('passphrase');
  if (part === 'Passphrase') return passphrase === undefined ? undefined : { passphrase: digest(passphrase) };
  const material = hashOf('material');
  if (material === undefined || (isProtected && passphrase === undefined)) return undefined;
  const lock = isProtected ? passphrase : '';
  return { 'private.pem': digest(`${material} ${lock} ${annotations[LAYOUT_ANNOTATION]}`) };
}

function write(world: World, target: DeliveryTarget, record: ModelRecord, digests: SecretView['digests']): Observation {
  const { wanted, verb, replaces } = target;
  const refused = refusal(world, wanted.place.namespace);
  const before = world.server.secrets.get(placeKey(wanted.place));
  // A terminating namespace takes no new Secret, and still lets the ones it has be changed.
  if (refused !== undefined && (verb !== 'Update' || refused.kind !== 'NamespaceTerminating')) return refused;
  if (before === undefined && verb !== 'Create') return { kind: 'Absent', live: true };
  if (before?.resourceVersion !== replaces?.resourceVersion) return world.look(wanted.place);
  const secret = written(world, target, record, digests, verb === 'Update' ? before : undefined);
  world.putSecret(secret, 'write');
  return { kind: 'Present', live: true, secret };
}

/** @param kept What an update leaves as others put it. */
function written(
  world: World,
  { wanted }: DeliveryTarget,
  record: ModelRecord,
  digests: SecretView['digests'],
  kept: SecretView = foreignSecret(wanted.place, { uid: `uid-${world.next()}` }),
): SecretView {
  const { environment, version, keyId, type, place } = wanted;
  const { [ADOPT_ANNOTATION]: _consent, ...annotations } = kept.annotations;
  const claim: LedgerClaim = { ...world.kind.identity, environment, version, keyId };
  return {
    ...kept,
    namespace: place.namespace,
    name: place.secretName,
    resourceVersion: String(world.next()),
    type,
    immutable: false,
    labels: { ...kept.labels, ...wanted.labels },
    annotations: { ...annotations, ...wanted.annotations, [PROOF_ANNOTATION]: 'mac-1.proof' },
    digests,
    proof: { ...claim, sequence: record.ledger.sequence, isIntact: true },
    proves: (other) => isDeepStrictEqual(other, claim),
  };
}

/** Bytes come from the stored record, else from the Secret that planning named, if it still holds the very value. */
function hasBytes(world: World, { wanted, source }: DeliveryTarget, record: ModelRecord, field: CopiedField): boolean {
  const { environment, version } = wanted;
  const hash = hashIn(wanted, DATA_KEYS[field]) ?? '';
  const sealed = record.sealed.find((value) => isSame(value, { environment, version, field }));
  if (sealed !== undefined && sealed.hash !== hash) throw new Error('What is sealed is not what the ledger says');
  return sealed !== undefined || (source.kind === 'Secret' && carries(world, source, field, hash));
}

function refusal(world: World, namespace: string): Observation | undefined {
  if (world.forbidden.has(namespace)) return { kind: 'Unreachable', cause: 'Forbidden' };
  const known = world.server.namespaces.get(namespace);
  if (known === undefined) return { kind: 'NamespaceMissing' };
  return known.terminating ? { kind: 'NamespaceTerminating' } : undefined;
}

function withdrawAll(world: World, targets: readonly WithdrawalTarget[], gathered: Gathered): Gathered {
  return withObservations(
    gathered,
    new Map(targets.map((target) => [placeKey(target), withdraw(world, target, gathered)])),
  );
}

function withdraw(world: World, target: WithdrawalTarget, { facts }: Gathered): Observation {
  const seen = world.look(target);
  if (seen.kind !== 'Present' || seen.secret.deleting) return seen;
  const entry = entriesOf(facts).find(({ name }) => name === target.environment);
  const { proof } = seen.secret;
  const servesOther = entry !== undefined && proof !== undefined && proof.environment !== entry.name;
  if (servesOther || !isOurs(seen.secret, world.kind.identity, entry)) return seen;
  world.removeSecret(placeKey(target), 'write');
  return { kind: 'Absent', live: true };
}

function withObservations(gathered: Gathered, seen: ReadonlyMap<string, Observation>): Gathered {
  return {
    ...gathered,
    facts: { ...gathered.facts, observations: new Map([...gathered.facts.observations, ...seen]) },
  };
}

function carries(world: World, place: PlaceRef, field: CopiedField, hash: string): boolean {
  const seen = world.look(place);
  return seen.kind === 'Present' && isHashOf(hash, seen.secret.digests[DATA_KEYS[field]]);
}

function isSame(one: MaterialRef, other: MaterialRef): boolean {
  return one.environment === other.environment && one.version === other.version && one.field === other.field;
}
