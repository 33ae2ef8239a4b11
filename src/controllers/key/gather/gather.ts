import type { KeyObject } from '../../../api/key-object.ts';
import type { Secret } from '../../../kube/objects/objects.ts';
import type { KeyIdentity } from '../../../sealing/ledger.ts';
import { signStatusLedger } from '../../../sealing/status-mac.ts';
import { getOrUndefined } from '../../shared/get-or-undefined.ts';
import { isKindTerminating } from '../../shared/kind-is-terminating.ts';
import { isRolledBack, type KeyFacts, type ProjectFacts } from '../../planning/key-facts.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import type { Observations } from '../../planning/secret-view.ts';
import { readStatus } from './believed-status.ts';
import { countOtherKeys, readClaims } from './gather-claims.ts';
import { readImports } from './gather-imports.ts';
import { readProject } from './gather-project.ts';
import { readCachedRecord, readLiveRecord, recordFacts } from './gather-record.ts';
import { highestSequence, observeAllLive, observePlaces, provenSecrets, seenProven } from './gather-secrets.ts';
import { withUnlistedPlaces } from './unlisted-places.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/** One key's snapshot, and the stored record whose bytes its facts only name. */
export interface GatheredKey {
  readonly facts: KeyObjectFacts;
  /** The record at facts.record's resourceVersion; undefined when there is none. */
  readonly stored: Secret | undefined;
  /** Places where a write came to nothing since all this was read, as something else was there. Absent: none. */
  readonly contested?: ReadonlySet<string>;
}

export interface GatherOptions {
  readonly identity: KeyIdentity;
  /** Read the declaring object, its project and their namespaces live instead of from the caches. */
  readonly live: boolean;
  /** Read the declaring object live, whatever `live` says of the rest. */
  readonly liveObject?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads everything planning one key needs. Caches first; live where a cache may not decide: before anything
 * is taken away, when material may be lost, and when the record looks older than what it left behind.
 */
export async function gatherKey(
  ports: KeyPorts,
  { identity, live, liveObject = live, signal }: GatherOptions,
): Promise<GatheredKey> {
  const object = await readObject(ports, identity, liveObject, signal);
  const project = await readProject(ports, identity, live, signal);
  const record = readCachedRecord(ports, identity);
  const kindIsTerminating =
    object?.metadata.deletionTimestamp !== undefined &&
    (await isKindTerminating(ports, ports.kinds[identity.kind].resource, signal));
  const parts: Parts = {
    object,
    project,
    record,
    live,
    kindIsTerminating,
    imports: new Map(),
    provenSequence: 0,
    observations: new Map(),
  };
  const unread = assemble(ports, identity, parts);
  const imports = await readImports(ports, unread.facts, signal);
  const base = { ...unread, facts: { ...unread.facts, imports } };
  const gathered = isRolledBack(base.facts) ? base : await withObservations(ports, base, signal);
  return isRolledBack(gathered.facts) ? gatherRolledBack(ports, gathered, signal) : gathered;
}

interface Parts {
  readonly object: KeyObject | undefined;
  readonly project: ProjectFacts;
  readonly record: Secret | undefined;
  readonly live: boolean;
  readonly kindIsTerminating: boolean;
  readonly imports: KeyObjectFacts['imports'];
  /** What live looks have proven already. */
  readonly provenSequence: number;
  readonly observations: Observations;
}

function assemble(ports: KeyPorts, identity: KeyIdentity, parts: Parts): GatheredKey {
  const { object, project, live } = parts;
  const context = ports.installation.macContext;
  const proven = provenSecrets(ports, identity);
  const shown = readStatus(ports, identity, object);
  const common: Omit<
    KeyFacts,
    'provenSequence' | 'observations' | 'claims' | 'otherKeysInProject' | 'recordsInProject'
  > = {
    now: ports.clock.now(),
    identity,
    installation: ports.installation.state?.kind ?? 'InstallationMissing',
    project,
    record: recordFacts(ports, parts.record),
    isLive: live,
    statusIsSigned: shown.sequence > 0,
    proven,
    kindIsTerminating: parts.kindIsTerminating,
    signLedger: (sequence, view) =>
      context === undefined ? undefined : signStatusLedger(context, identity, sequence, view),
  };
  const facts: KeyObjectFacts = {
    ...common,
    rules: ports.kinds[identity.kind],
    object,
    imports: parts.imports,
    believedStatus: shown.believed,
    provenSequence: Math.max(parts.provenSequence, shown.sequence, highestSequence(proven)),
    observations: parts.observations,
    claims: new Map(),
    otherKeysInProject: 0,
    recordsInProject:
      parts.record === undefined ? ports.caches.records.lister.countByIndex('project', identity.project) : 0,
  };
  const claims = readClaims(ports, facts);
  return { facts: { ...facts, claims, otherKeysInProject: countOtherKeys(ports, facts) }, stored: parts.record };
}

/** Folds in the object as the server answered it to a write of ours. @param object Undefined: it is gone. */
export function withObject(ports: KeyPorts, gathered: GatheredKey, object: KeyObject | undefined): GatheredKey {
  const { facts } = gathered;
  const { sequence, believed } = readStatus(ports, facts.identity, object);
  return { ...gathered, facts: { ...facts, object, statusIsSigned: sequence > 0, believedStatus: believed } };
}

/** A cache may lag behind: only a live record that is older too is rolled back, and then everything is read live. */
async function gatherRolledBack(ports: KeyPorts, { facts }: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
  const record = await readLiveRecord(ports, facts.identity, signal);
  const base = assemble(ports, facts.identity, { ...facts, record, live: facts.isLive });
  if (!isRolledBack(base.facts)) return withObservations(ports, base, signal);
  const observations = await observeAllLive(ports, base.facts, signal);
  const proven = seenProven(observations, facts.identity);
  const provenSequence = Math.max(base.facts.provenSequence, highestSequence(proven));
  return { ...base, facts: { ...base.facts, proven, provenSequence, observations } };
}

async function withObservations(ports: KeyPorts, base: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
  const { facts } = base;
  const observations = await observePlaces(ports, facts, signal);
  const provenSequence = Math.max(facts.provenSequence, highestSequence(seenProven(observations, facts.identity)));
  return { ...base, facts: await withUnlistedPlaces(ports, { ...facts, provenSequence, observations }, signal) };
}

async function readObject(
  ports: KeyPorts,
  identity: KeyIdentity,
  live: boolean,
  signal: AbortSignal,
): Promise<KeyObject | undefined> {
  const { namespace, name, project, kind } = identity;
  const cached = ports.caches.keys[kind].lister.get(`${namespace}/${name}`);
  const isDeclared = (object: KeyObject | undefined): boolean => object?.spec.project === project;
  if (!live && isDeclared(cached)) return cached;
  const object = await getOrUndefined(ports, ports.kinds[kind].resource, { namespace, name }, signal);
  return isDeclared(object) ? object : undefined;
}
