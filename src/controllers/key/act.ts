import { FINALIZER } from '../../api/labels.ts';
import type { KeyObject, KeyStatus } from '../../api/key-object.ts';
import { KeywrightError } from '../../errors.ts';
import { isConflict, isNotFound } from '../../kube/errors/api-error.ts';
import { objectKey } from '../../kube/objects/objects.ts';
import { typeOf } from '../../kube/objects/resource.ts';
import type { KeyKind } from '../../sealing/ledger.ts';
import { forEachLimited } from '../shared/concurrency.ts';
import { deliver } from '../secrets/deliver.ts';
import type { DeliveryTarget } from '../planning/place-state.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { announceExpiry, announceReady } from '../shared/ready-event.ts';
import { placeKey, type Observation, type PlaceRef } from '../planning/secret-view.ts';
import { withdrawSecret } from '../secrets/withdraw.ts';
import type { DeliveryResult } from '../../telemetry/key-metrics.ts';
import { applyRecord } from './apply-record.ts';
import { logDelivery, logWithdrawal } from './audit-log.ts';
import { newConflicts, writeResult, type SecretWrite } from './delivery-counts.ts';
import { entriesOf } from '../planning/key-facts.ts';
import { gatherKey, withObject, type GatheredKey } from './gather/gather.ts';
import { announceDelivery, announceRelease, announceWithdrawal, subjectOf } from './events.ts';
import { othersFinalizers } from './others-finalizers.ts';
import type { Step } from './step.ts';
import type { WithdrawalTarget } from './secret-work.ts';
import { announceUnproven } from './standing/unproven-secrets.ts';
import type { KeyObjectFacts } from '../planning/key-rules.ts';

/**
 * Does one step and folds the server's answers into what was gathered. Every write to an existing object is
 * bound to the resourceVersion it was planned on.
 *
 * @throws KW_OBJECT_CHANGED when the key object moved on: to be planned afresh.
 */
export async function actOn(
  ports: KeyPorts,
  step: Step,
  gathered: GatheredKey,
  signal: AbortSignal,
): Promise<GatheredKey> {
  switch (step.kind) {
    case 'ConfirmLive':
      return await gatherKey(ports, { identity: gathered.facts.identity, live: true, signal });
    case 'AddFinalizer':
      return await addFinalizer(ports, gathered, signal);
    case 'RemoveFinalizer':
      return await removeFinalizer(ports, gathered, signal);
    case 'WriteRecord':
      return await applyRecord(ports, step.change, gathered, signal);
    case 'WriteStatus':
      return await writeStatus(ports, step.status, gathered, signal);
    case 'Deliver':
      return await deliverAll(ports, step.targets, gathered, signal);
    case 'Withdraw':
      return await withdrawAll(ports, step.targets, gathered, signal);
  }
}

async function addFinalizer(ports: KeyPorts, gathered: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
  const object = requireObject(gathered.facts);
  const { name, namespace = '', resourceVersion } = object.metadata;
  const others = await othersFinalizers(ports, gathered.facts.rules, object, signal);
  if (others === undefined) throw objectChanged(gathered);
  const patch = { metadata: { resourceVersion, finalizers: [...others, FINALIZER] } };
  return await writeObject(ports, gathered, () =>
    ports.client.patch(gathered.facts.rules.resource, { namespace, name }, patch, { signal }),
  );
}

/** PUT of the status subresource: the server takes nothing but status from it. */
async function writeStatus(
  ports: KeyPorts,
  status: KeyStatus,
  gathered: GatheredKey,
  signal: AbortSignal,
): Promise<GatheredKey> {
  const object = requireObject(gathered.facts);
  const { resource } = gathered.facts.rules;
  const { name, namespace = '', uid = '', resourceVersion = '' } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion };
  const body: KeyObject = { ...typeOf(resource), metadata, spec: object.spec, status };
  const written = await writeObject(ports, gathered, async () => {
    const answer = await ports.client.updateStatus(resource, body, { signal });
    ports.statusMemory.written(uid, status);
    return answer;
  });
  const regarding = subjectOf(gathered.facts.rules, object);
  announceReady(ports.events, regarding, { before: object.status, after: status });
  announceExpiry(ports.events, regarding, { before: object.status, after: status });
  ports.countDelivery('conflict', newConflicts(object.status, status));
  return written;
}

async function writeObject(
  ports: KeyPorts,
  gathered: GatheredKey,
  write: () => Promise<KeyObject>,
): Promise<GatheredKey> {
  const before = requireObject(gathered.facts);
  const { resourceVersion } = before.metadata;
  try {
    const object = await keyCache(ports, gathered).trackWrite(objectKey(before), resourceVersion, write);
    return withObject(ports, gathered, object);
  } catch (error) {
    throw isConflict(error) || isNotFound(error) ? objectChanged(gathered, error) : error;
  }
}

/** The object goes with its last finalizer: what the server answers is what it was. */
async function removeFinalizer(ports: KeyPorts, gathered: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
  const object = requireObject(gathered.facts);
  const { name, namespace = '', resourceVersion = '' } = object.metadata;
  const rest = await othersFinalizers(ports, gathered.facts.rules, object, signal);
  // Whoever removed it first did what was to be done.
  if (rest === undefined) return withObject(ports, gathered, undefined);
  const patch = { metadata: { resourceVersion, finalizers: rest } };
  const write = async (): Promise<KeyObject> => {
    const written = await ports.client.patch(gathered.facts.rules.resource, { namespace, name }, patch, { signal });
    announceRelease(ports.events, gathered.facts);
    announceUnproven(ports, gathered.facts);
    return written;
  };
  if (rest.length > 0) return await writeObject(ports, gathered, write);
  try {
    await keyCache(ports, gathered).trackDelete(objectKey(object), resourceVersion, async () => void (await write()));
  } catch (error) {
    // As above.
    if (!isNotFound(error)) throw isConflict(error) ? objectChanged(gathered, error) : error;
  }
  return withObject(ports, gathered, undefined);
}

function objectChanged({ facts }: GatheredKey, cause?: unknown): KeywrightError {
  return new KeywrightError('KW_OBJECT_CHANGED', { kind: facts.identity.kind }, { cause });
}

async function deliverAll(
  ports: KeyPorts,
  targets: readonly DeliveryTarget[],
  gathered: GatheredKey,
  signal: AbortSignal,
): Promise<GatheredKey> {
  const { facts, stored } = gathered;
  const record = stored === undefined ? undefined : ports.installation.readRecord(stored);
  if (record?.state !== 'valid') throw new TypeError('Cannot deliver: no valid record is stored');
  const seen = new Map<string, Observation>();
  const contested = new Set(gathered.contested);
  const results = new Map<DeliveryTarget, DeliveryResult>();
  const deliverOne = async (target: DeliveryTarget): Promise<void> => {
    const from = { ledger: record.ledger, sealed: record.sealed };
    const { place, observation, isWritten } = await deliver(ports, facts.identity, target, from, signal);
    if (!isWritten) {
      seen.set(placeKey(place), afterContest(gathered, place, observation));
      contested.add(placeKey(place));
      return;
    }
    seen.set(placeKey(place), observation);
    const result = writeResult(facts, target);
    ports.countDelivery(result);
    results.set(target, result);
  };
  // What was written is told even if one of them failed in a way that ends the pass.
  await forEachLimited(targets, deliverOne).finally(() => {
    const writes = targets.flatMap((target): SecretWrite[] => {
      const result = results.get(target);
      return result === undefined ? [] : [{ target, result }];
    });
    logDelivery(ports.logger, facts, writes);
    announceDelivery(ports.events, facts, writes);
  });
  return { ...withObservations(gathered, seen), contested };
}

/**
 * What was there instead is planned on once. A place where a write comes to nothing twice is left to the next pass:
 * whoever contends for it, or denies the write as if somebody did, holds up nothing else.
 */
function afterContest({ contested }: GatheredKey, place: PlaceRef, observation: Observation): Observation {
  const mayTryAgain = observation.kind === 'Present' || observation.kind === 'Absent';
  if (!mayTryAgain || contested?.has(placeKey(place)) !== true) return observation;
  return { kind: 'Unreachable', cause: 'DeliveryFailed' };
}

async function withdrawAll(
  ports: KeyPorts,
  targets: readonly WithdrawalTarget[],
  gathered: GatheredKey,
  signal: AbortSignal,
): Promise<GatheredKey> {
  const { facts } = gathered;
  const seen = new Map<string, Observation>();
  const done = new Set<WithdrawalTarget>();
  const withdrawOne = async (target: WithdrawalTarget): Promise<void> => {
    const entry = entriesOf(facts).find(({ name }) => name === target.environment);
    const { observation, isDeleted } = await withdrawSecret(ports, facts.identity, target, entry, signal);
    seen.set(placeKey(target), observation);
    if (isDeleted) done.add(target);
  };
  await forEachLimited(targets, withdrawOne).finally(() => {
    const deleted = targets.filter((target) => done.has(target));
    logWithdrawal(ports.logger, facts, deleted);
    announceWithdrawal(ports.events, facts, deleted);
  });
  return withObservations(gathered, seen);
}

function withObservations(gathered: GatheredKey, seen: ReadonlyMap<string, Observation>): GatheredKey {
  const observations = new Map([...gathered.facts.observations, ...seen]);
  return { ...gathered, facts: { ...gathered.facts, observations } };
}

/** The cache of the key's kind. */
function keyCache({ caches }: KeyPorts, { facts }: GatheredKey): KeyPorts['caches']['keys'][KeyKind] {
  return caches.keys[facts.identity.kind];
}

function requireObject({ object }: KeyObjectFacts): KeyObject {
  if (object === undefined) throw new TypeError('Cannot write a key that is not there');
  return object;
}
