import type { KeyObject } from '../../../src/api/key-object.ts';
import type { KeyProject } from '../../../src/api/generated/key-project.ts';
import { MANAGED_LABEL } from '../../../src/api/labels.ts';
import { targetsOf } from '../../../src/controllers/key/facts.ts';
import {
  entriesOf,
  isRolledBack,
  type ProjectFacts,
  type RecordFacts,
} from '../../../src/controllers/planning/key-facts.ts';
import type { Claim } from '../../../src/controllers/planning/claims.ts';
import { placesToReadLive } from '../../../src/controllers/secrets/observe.ts';
import { isProofOf } from '../../../src/controllers/planning/place-state.ts';
import {
  placeKey,
  type Observation,
  type PlaceRef,
  type SecretView,
} from '../../../src/controllers/planning/secret-view.ts';
import { mapEnvironments, type KnownNamespace } from '../../../src/controllers/planning/targets.ts';
import type { KeyIdentity, Ledger } from '../../../src/sealing/ledger.ts';
import type { MaterialRef } from '../../../src/sealing/sealed-material.ts';
import { NOW } from '../facts.ts';
import { believedStatus } from '../status-signing.ts';
import { API_KEY_WORLD, type WorldKind } from './kind.ts';
import { importFactsOf } from './sources.ts';
import type { KeyObjectFacts } from '../../../src/controllers/planning/key-rules.ts';

/** A sealed value stands for its bytes by what they hash to. */
export interface SealedValue extends MaterialRef {
  readonly hash: string;
}

export interface ModelRecord {
  readonly ledger: Ledger;
  readonly sealed: readonly SealedValue[];
  readonly resourceVersion: string;
  readonly withdrawOrder: string | undefined;
}

/** What the API server holds of one key and its surroundings, or what a cache last saw of it. */
export interface Snapshot {
  readonly object: KeyObject | undefined;
  readonly project: KeyProject | undefined;
  readonly namespaces: ReadonlyMap<string, KnownNamespace>;
  /** By "<namespace>/<name>". */
  readonly secrets: ReadonlyMap<string, SecretView>;
  readonly record: ModelRecord | undefined;
}

/**
 * One key, its project, its namespaces and Secrets: a model of what reading shows and of what acting changes.
 * It knows no HTTP and no meaning of the API beyond presence, resourceVersions and refusals.
 */
export class World {
  now: Date = NOW;
  server: Snapshot;
  /** What the operator's caches show. Lags behind while `lagging`; the operator's own writes show at once. */
  cache: Snapshot;
  lagging = false;
  /** Namespaces whose Secrets the operator may neither read nor write. */
  readonly forbidden: Set<string> = new Set();
  /** Places that another key holds. */
  readonly claims: Map<string, Claim> = new Map();
  /** What import sources hold, by the data key that an import names; `REFUSED` for what is never taken. */
  readonly sources: Map<string, string> = new Map();
  readonly kind: WorldKind;
  #counter = 100;

  constructor(start: Partial<Snapshot> = {}, kind: WorldKind = API_KEY_WORLD) {
    this.kind = kind;
    this.server = {
      object: undefined,
      project: undefined,
      namespaces: new Map(),
      secrets: new Map(),
      record: undefined,
      ...start,
    };
    this.cache = this.server;
  }

  /** A number never given before: resourceVersions, uids and tokens are made of it. */
  next(): number {
    this.#counter += 1;
    return this.#counter;
  }

  /** Somebody else, or time, changes what the server holds. */
  change(changes: Partial<Snapshot>): void {
    this.server = { ...this.server, ...changes };
    if (!this.lagging) this.cache = this.server;
  }

  /** A write of the operator: the caches show it at once, lagging or not. */
  write(changes: Partial<Snapshot>): void {
    this.server = { ...this.server, ...changes };
    this.cache = { ...this.cache, ...changes };
  }

  catchUp(): void {
    this.lagging = false;
    this.cache = this.server;
  }

  putSecret(secret: SecretView, how: 'change' | 'write'): void {
    const key = placeKey({ namespace: secret.namespace, secretName: secret.name });
    this.#editSecrets((secrets) => secrets.set(key, secret), how);
  }

  removeSecret(key: string, how: 'change' | 'write'): void {
    this.#editSecrets((secrets) => secrets.delete(key), how);
  }

  /** What a GET by name answers. */
  look(place: PlaceRef): Observation {
    if (this.forbidden.has(place.namespace)) return { kind: 'Unreachable', cause: 'Forbidden' };
    const secret = this.server.secrets.get(placeKey(place));
    return secret === undefined ? { kind: 'Absent', live: true } : { kind: 'Present', live: true, secret };
  }

  #editSecrets(edit: (secrets: Map<string, SecretView>) => void, how: 'change' | 'write'): void {
    const edited = (snapshot: Snapshot): ReadonlyMap<string, SecretView> => {
      const secrets = new Map(snapshot.secrets);
      edit(secrets);
      return secrets;
    };
    const [server, cache] = [edited(this.server), edited(this.cache)];
    this.server = { ...this.server, secrets: server };
    if (how === 'write' || !this.lagging) this.cache = { ...this.cache, secrets: this.lagging ? cache : server };
  }
}

/** What one pass knows: the facts, and the stored record whose bytes the facts only name. */
export interface Gathered {
  readonly facts: KeyObjectFacts;
  readonly stored: ModelRecord | undefined;
}

/** Reads as gather.ts does: caches first, live where a cache may not decide. */
export function gather(world: World, live: boolean): Gathered {
  const base = assemble(world, live, world.cache.record, 0);
  const gathered = isRolledBack(base.facts) ? base : withObservations(world, base);
  if (!isRolledBack(gathered.facts)) return gathered;
  const truth = assemble(world, live, world.server.record, gathered.facts.provenSequence);
  return isRolledBack(truth.facts) ? allLive(world, truth) : withObservations(world, truth);
}

export function recordFactsOf(record: ModelRecord | undefined): RecordFacts {
  if (record === undefined) return { kind: 'Absent' };
  const { ledger, resourceVersion, withdrawOrder } = record;
  const sealed = record.sealed.map(({ environment, version, field }) => ({ environment, version, field }));
  // The model seals nothing.
  const unsealed = { sealedBy: undefined, acceptedSequence: undefined };
  return { kind: 'Valid', ledger, sealed, resourceVersion, withdrawOrder, ...unsealed };
}

function assemble(world: World, live: boolean, record: ModelRecord | undefined, atLeast: number): Gathered {
  const source = live ? world.server : world.cache;
  const object = source.object ?? world.server.object;
  const { identity, rules, signing } = world.kind;
  const proven = [...world.cache.secrets.values()].filter(
    (secret) => isManaged(secret) && isProofOf(secret.proof, identity),
  );
  const project = projectFactsOf(source);
  const unread: KeyObjectFacts = {
    now: world.now,
    identity,
    rules,
    imports: new Map(),
    installation: 'Ready',
    project,
    record: recordFactsOf(record),
    isLive: live,
    statusIsSigned: signing.sequenceOf(object?.status) > 0,
    proven,
    provenSequence: Math.max(atLeast, signing.sequenceOf(object?.status), highestSequence(proven)),
    observations: new Map(),
    claims: new Map(),
    otherKeysInProject: 0,
    recordsInProject: 0,
    kindIsTerminating: false,
    signLedger: signing.signLedger,
    believedStatus: believedStatus(object?.status, signing),
    object,
  };
  const facts = { ...unread, imports: importFactsOf(world, unread) };
  const keys = new Set(allPlaces(facts).map(placeKey));
  return { facts: { ...facts, claims: new Map([...world.claims].filter(([key]) => keys.has(key))) }, stored: record };
}

function projectFactsOf({ project, namespaces }: Snapshot): ProjectFacts {
  if (project === undefined) return { kind: 'Missing' };
  return { kind: 'Ours', project, environments: mapEnvironments(project.spec.environments, namespaces, 'operator') };
}

function withObservations(world: World, { facts, stored }: Gathered): Gathered {
  const cached = new Map(
    allPlaces(facts).map((place): [string, Observation] => [placeKey(place), lookInCache(world, place)]),
  );
  const sealed = facts.record.kind === 'Valid' ? facts.record.sealed : [];
  const recoverable = facts.object !== undefined && facts.rules.isRecoverable(facts.object);
  const entries = entriesOf(facts);
  const look = (places: readonly PlaceRef[]): readonly [string, Observation][] =>
    places.map((place) => [placeKey(place), world.look(place)]);
  const live = look(placesToReadLive(entries, sealed, cached, recoverable));
  const leaving = entries.filter(({ places }) => places.some(({ state }) => state === 'Owed'));
  const confirmed = look(facts.isLive ? allPlaces(facts) : leaving.flatMap(({ places }) => places));
  const reachable = confirmed.filter(([, { kind }]) => kind !== 'Unreachable');
  const observations = new Map([...cached, ...reachable, ...live]);
  const provenSequence = Math.max(facts.provenSequence, highestSequence(seenProven(facts.identity, observations)));
  return { facts: { ...facts, provenSequence, observations }, stored };
}

function allLive(world: World, { facts, stored }: Gathered): Gathered {
  const proven = facts.proven.map(({ namespace, name }) => ({ namespace, secretName: name }));
  const observations = new Map(
    [...allPlaces(facts), ...proven].map((place): [string, Observation] => [placeKey(place), world.look(place)]),
  );
  const ours = seenProven(facts.identity, observations);
  const provenSequence = Math.max(facts.provenSequence, highestSequence(ours));
  return { facts: { ...facts, proven: ours, provenSequence, observations }, stored };
}

function seenProven(identity: KeyIdentity, observations: ReadonlyMap<string, Observation>): readonly SecretView[] {
  return [...observations.values()].flatMap((seen) =>
    seen.kind === 'Present' && isProofOf(seen.secret.proof, identity) ? [seen.secret] : [],
  );
}

function highestSequence(proven: readonly SecretView[]): number {
  return Math.max(0, ...proven.map(({ proof }) => proof?.sequence ?? 0));
}

function lookInCache({ cache }: World, place: PlaceRef): Observation {
  const secret = cache.secrets.get(placeKey(place));
  return secret !== undefined && isManaged(secret)
    ? { kind: 'Present', live: false, secret }
    : { kind: 'Absent', live: false };
}

function allPlaces(facts: KeyObjectFacts): readonly PlaceRef[] {
  const { object, project } = facts;
  const held = entriesOf(facts).flatMap(({ places }) => places);
  if (object === undefined || project.kind !== 'Ours') return held;
  const outputs = facts.rules.outputs(object, project.project.spec);
  const wanted = targetsOf({ ...facts, object }).flatMap(({ namespaces }) =>
    namespaces
      .filter(({ state }) => state === 'Live')
      .flatMap(({ name }) => outputs.map(({ secretName }) => ({ namespace: name, secretName }))),
  );
  return [...held, ...wanted];
}

/** The informer of Secrets selects by this label. */
function isManaged({ labels }: SecretView): boolean {
  return labels[MANAGED_LABEL] === 'true';
}
