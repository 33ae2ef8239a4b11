import { acceptanceViolation } from '../../src/controllers/api-key/acceptance-checks.ts';
import { targetsOf, type ApiKeyFacts, type DeclaredFacts } from '../../src/controllers/api-key/facts.ts';
import type { Step } from '../../src/controllers/api-key/plan.ts';
import { isConsented, ownerOf } from '../../src/controllers/shared/place-state.ts';
import type { RecordChange } from '../../src/controllers/shared/record-change.ts';
import { placeKey, type SecretView } from '../../src/controllers/shared/secret-view.ts';
import type { EnvironmentEntry, Ledger, VersionEntry } from '../../src/sealing/ledger.ts';
import { checkout } from './sealing.ts';
import type { Gathered, Snapshot } from './world.ts';

const OWNER = ownerOf(checkout);

/** One step of a pass: what was known, what was there before and what is there now. */
export interface Stepped {
  readonly step: Step;
  readonly gathered: Gathered;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** The world moved between gathering and this step, so only what is checked against the facts can be asked. */
  readonly resumed: boolean;
}

/** What must hold after every step of any history. Throws an Error that names what was broken. */
export class Invariants {
  /** Hashes that a status write of ours was accepted with. */
  readonly #shown = new Set<string>();
  /** Tokens whose places were given up while the recovery window was zero. */
  readonly #forgone = new Set<string>();
  /** The highest version that status or a Secret ever showed. */
  #givenOut = 0;

  check(stepped: Stepped): void {
    const { step, gathered, before, after } = stepped;
    this.#noteGivenOut(after);
    if (step.kind === 'WriteStatus' && after.object !== before.object) this.#statusIsSound(gathered.facts, after);
    if (step.kind === 'WriteRecord' && after.record !== before.record) this.#recordIsSound(stepped, step.change);
    this.#writesAreOurs(stepped);
    if (step.kind === 'Withdraw') removalsWereOwed(stepped);
    if (!stepped.resumed) this.#materialSurvives(stepped);
    if (step.kind === 'AddFinalizer') assert(!isDeleting(gathered.facts), 'a deleting key gets no finalizer');
  }

  #noteGivenOut({ object, secrets }: Snapshot): void {
    const shown = (object?.status?.environments ?? []).flatMap(({ versions }) => versions ?? []);
    const proven = [...secrets.values()].flatMap(({ proof }) => (isOfKey(proof) ? [proof.version] : []));
    this.#givenOut = Math.max(
      this.#givenOut,
      ...proven,
      ...shown.filter(({ hash }) => this.#shown.has(hash)).map(({ version }) => version),
    );
  }

  #statusIsSound({ object: planned }: ApiKeyFacts, { object }: Snapshot): void {
    const status = object?.status;
    for (const { versions } of status?.environments ?? []) {
      for (const { hash } of versions ?? []) this.#shown.add(hash);
    }
    const conditions = new Map((status?.conditions ?? []).map((condition) => [condition.type, condition]));
    const ready = conditions.get('Ready')?.status;
    assert(ready !== undefined, 'status has Ready');
    assert(
      (ready === 'Unknown') === conditions.has('Reconciling'),
      'Reconciling exists exactly while Ready is Unknown',
    );
    assert(!conditions.has('Stalled') || ready === 'False', 'Stalled comes with Ready=False');
    const generation = planned?.metadata.generation;
    assert(
      [...conditions.values()].every((one) => one.observedGeneration === generation),
      'every condition speaks of this generation',
    );
    assert(status?.observedGeneration === generation, 'status speaks of this generation');
    const rows = (status?.environments ?? []).flatMap(({ namespaces }) => namespaces ?? []);
    assert(rows.length <= 64, 'status has at most 64 namespace rows');
  }

  #recordIsSound({ gathered, before, after }: Stepped, change: RecordChange): void {
    const { facts } = gathered;
    const ledger = requireLedger(after);
    const known = before.record?.ledger;
    assert(ledger.sequence > (known?.sequence ?? 0), 'the sequence grows');
    assert(ledger.sequence > facts.provenSequence, 'the sequence passes what is proven');
    assert(ledger.lastVersion >= (known?.lastVersion ?? 0), 'lastVersion never falls');
    assert(ledger.lastVersion >= this.#givenOut, 'lastVersion is not below a version that was given out');
    for (const { version } of change.mints) {
      assert(version > this.#givenOut && version > (known?.lastVersion ?? 0), 'version numbers never repeat');
    }
    for (const entry of ledger.environments) versionsAreBounded(entry);
    const names = new Set(ledger.environments.map(({ name }) => name));
    assert(
      (known?.environments ?? []).every(({ name }) => names.has(name)),
      'no environment is forgotten',
    );
    if (facts.object !== undefined && !isDeleting(facts)) {
      assert(
        facts.object.metadata.finalizers?.includes('keywright.dev/finalizer') === true,
        'the finalizer comes first',
      );
    }
    mintingIsAllowed(facts, change);
  }

  #writesAreOurs({ step, gathered, before, after }: Stepped): void {
    const ledger = gathered.stored?.ledger;
    for (const key of new Set([...before.secrets.keys(), ...after.secrets.keys()])) {
      const [was, is] = [before.secrets.get(key), after.secrets.get(key)];
      if (was === is) continue;
      assert(step.kind === 'Deliver' || step.kind === 'Withdraw', `${step.kind} writes no Secret`);
      const mayWrite =
        was === undefined || isProvablyOurs(was, key, ledger) || (is !== undefined && isConsented(was, OWNER));
      assert(mayWrite, `the Secret at ${key} is not ours and was written`);
      if (is !== undefined) this.#deliveryIsSound(is, gathered.facts);
    }
  }

  /** No step of ours makes the last copy of a token disappear, unless its author wants nothing recovered. */
  #materialSurvives({ step, before, after, gathered }: Stepped): void {
    if (after.record === undefined) return;
    const wantsNone = gathered.facts.object?.spec.recoveryWindow === '0s';
    for (const entry of after.record.ledger.environments) {
      for (const version of entry.versions) {
        if (version.state !== 'Current') continue;
        if (wantsNone && step.kind === 'WriteRecord') this.#forgone.add(version.hash);
        const survives = exists(after, entry, version) || !exists(before, entry, version);
        assert(survives || this.#forgone.has(version.hash), `${step.kind} loses the token of ${entry.name}`);
      }
    }
    if (step.kind === 'WriteRecord') droppedIsDelivered(step.change, gathered, after);
  }

  #deliveryIsSound(secret: SecretView, facts: ApiKeyFacts): void {
    assert(
      this.#shown.has(`sha256:${secret.digests['token'] ?? ''}`),
      'status shows a hash before a Secret carries its token',
    );
    const declared = requireDeclared(facts);
    assert(acceptanceViolation(declared) === undefined, 'a frozen key delivers nothing');
    assert(!isDeleting(facts), 'a deleting key delivers nothing');
    const target = targetsOf(declared).find(({ name }) => name === secret.proof?.environment);
    assert(target?.expired === false && !target.suspended, 'an expired or suspended environment takes no delivery');
  }
}

function mintingIsAllowed(facts: ApiKeyFacts, change: RecordChange): void {
  const minting = [...change.mints, ...change.signing];
  if (minting.length === 0) return;
  const declared = requireDeclared(facts);
  assert(declared.object.spec.suspended !== true, 'a suspended key mints nothing');
  assert(!isDeleting(facts), 'a deleting key mints nothing');
  assert(acceptanceViolation(declared) === undefined, 'a frozen key mints nothing');
  const { record, provenSequence } = facts;
  assert(provenSequence <= (record.kind === 'Valid' ? record.ledger.sequence : 0), 'a rolled back key mints nothing');
  for (const { environment } of minting) {
    const target = targetsOf(declared).find(({ name }) => name === environment);
    assert(target?.expired === false && !target.suspended, 'an expired or suspended environment mints nothing');
  }
}

function versionsAreBounded({ name, state, versions, destroyAt }: EnvironmentEntry): void {
  const count = (wanted: VersionEntry['state']): number => versions.filter(({ state: is }) => is === wanted).length;
  assert(count('Current') <= 1, `environment ${name} has at most one current version`);
  assert(count('Current') + count('Retiring') <= 2, `environment ${name} has at most two live versions`);
  assert(new Set(versions.map(({ version }) => version)).size === versions.length, `versions of ${name} are distinct`);
  assert(
    versions.every((one) => (one.state === 'Retiring') === (one.retireAt !== undefined)),
    'retireAt is there exactly while Retiring',
  );
  assert(destroyAt === undefined || state === 'Withdrawn', 'destroyAt is there only while withdrawn');
}

/** Before a Secret of a ledger place is deleted, the ledger owes the place. */
function removalsWereOwed({ gathered, before, after }: Stepped): void {
  const places = (gathered.stored?.ledger.environments ?? []).flatMap((entry) => entry.places);
  for (const key of before.secrets.keys()) {
    if (after.secrets.has(key)) continue;
    const here = places.filter((place) => placeKey(place) === key);
    assert(
      here.length === 0 || here.some(({ state }) => state === 'Owed'),
      `the place ${key} is owed before its Secret goes`,
    );
  }
}

/** A token that is dropped from an active environment is in every namespace that exists. */
function droppedIsDelivered({ drop, ledger }: RecordChange, { facts }: Gathered, after: Snapshot): void {
  for (const { environment, version, field } of drop) {
    const entry = ledger.environments.find(({ name }) => name === environment);
    const dropped = entry?.versions.find((known) => known.version === version);
    if (field !== 'token' || entry?.state !== 'Active' || dropped?.state !== 'Current') continue;
    const target = targetsOf(requireDeclared(facts)).find(({ name }) => name === environment);
    for (const { name, state } of target?.namespaces ?? []) {
      if (state !== 'Live' && state !== 'Terminating') continue;
      const isThere = [...after.secrets.values()].some(
        (secret) => secret.namespace === name && carries(secret, dropped),
      );
      assert(isThere, `the token of ${environment} is dropped before namespace ${name} has it`);
    }
  }
}

function exists({ record, secrets }: Snapshot, entry: EnvironmentEntry, version: VersionEntry): boolean {
  const isSealed = record?.sealed.some(
    (value) => value.environment === entry.name && value.version === version.version && value.field === 'token',
  );
  return isSealed === true || [...secrets.values()].some((secret) => carries(secret, version));
}

function carries({ digests }: SecretView, { hash }: VersionEntry): boolean {
  return `sha256:${digests['token'] ?? ''}` === hash;
}

/** Protocol.md 5, said anew: a valid proof of this key, or at a ledger place a token the environment knows. */
function isProvablyOurs(secret: SecretView, key: string, ledger: Ledger | undefined): boolean {
  if (secret.proof !== undefined) return isOfKey(secret.proof);
  return (ledger?.environments ?? []).some(
    ({ places, versions }) =>
      places.some((place) => placeKey(place) === key) && versions.some((version) => carries(secret, version)),
  );
}

function isOfKey(proof: SecretView['proof']): proof is NonNullable<SecretView['proof']> {
  return proof !== undefined && ownerOf(proof) === OWNER && proof.project === checkout.project;
}

function isDeleting({ object }: ApiKeyFacts): boolean {
  return object?.metadata.deletionTimestamp !== undefined;
}

function requireDeclared(facts: ApiKeyFacts): DeclaredFacts {
  if (facts.object === undefined) throw new Error('Broken: something is minted or delivered without an object');
  return { ...facts, object: facts.object };
}

function requireLedger({ record }: Snapshot): Ledger {
  if (record === undefined) throw new Error('Broken: a record write leaves no record');
  return record.ledger;
}

function assert(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`Broken: ${what}`);
}
