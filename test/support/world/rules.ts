import { FINALIZER } from '../../../src/api/labels.ts';
import { acceptanceViolation } from '../../../src/controllers/key/acceptance-checks.ts';
import { targetsOf } from '../../../src/controllers/key/facts.ts';
import type { Step } from '../../../src/controllers/key/step.ts';
import { isProofOf } from '../../../src/controllers/planning/place-state.ts';
import type { RecordChange } from '../../../src/controllers/planning/record-change.ts';
import { placeKey, type SecretView } from '../../../src/controllers/planning/secret-view.ts';
import { conditionOf } from '../../../src/kube/objects/conditions.ts';
import type { EnvironmentEntry, KeyIdentity, Ledger, VersionEntry } from '../../../src/sealing/ledger.ts';
import type { MaterialField } from '../../../src/sealing/sealed-material.ts';
import { isHashOf } from '../facts.ts';
import type { Gathered, ModelRecord, SealedValue, Snapshot } from './world.ts';
import type { KeyObjectFacts, DeclaredFacts } from '../../../src/controllers/planning/key-rules.ts';

/** One step of a pass: what was known, what was there before and what is there now. */
export interface Stepped {
  readonly step: Step;
  readonly gathered: Gathered;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** The world moved between gathering and this step, so only what is checked against the facts can be asked. */
  readonly resumed: boolean;
}

/** @throws Error that names what was broken. */
export function assert(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`Broken: ${what}`);
}

/** Which conditions go together, and what they speak about. */
export function statusRules({ object: planned }: KeyObjectFacts, { object }: Snapshot): void {
  const { conditions = [], environments = [], observedGeneration } = object?.status ?? {};
  const ready = conditionOf(object?.status, 'Ready')?.status;
  const has = (wanted: string): boolean => conditions.some(({ type }) => type === wanted);
  assert(ready !== undefined, 'status has Ready');
  assert((ready === 'Unknown') === has('Reconciling'), 'Reconciling exists exactly while Ready is Unknown');
  assert(ready === 'False' || !has('Stalled'), 'Stalled comes with Ready=False');
  const spokenOf = [observedGeneration, ...conditions.map((condition) => condition.observedGeneration)];
  assert(
    spokenOf.every((generation) => generation === planned?.metadata.generation),
    'status and conditions speak of this generation',
  );
  const rows = environments.reduce((sum, { namespaces }) => sum + (namespaces?.length ?? 0), 0);
  assert(rows <= 64, 'status has at most 64 namespace rows');
}

/** What one ledger owes to the one before it. */
export function ledgerRules(known: Ledger | undefined, ledger: Ledger): void {
  const entries = known?.environments ?? [];
  assert(ledger.sequence > (known?.sequence ?? 0), 'the sequence grows');
  assert(ledger.lastVersion >= (known?.lastVersion ?? 0), 'lastVersion never falls');
  const names = new Set(ledger.environments.map(({ name }) => name));
  assert(
    entries.every(({ name }) => names.has(name)),
    'no environment is forgotten',
  );
  for (const entry of ledger.environments) {
    versionsAreBounded(entry);
    deadStayDead(
      entries.find(({ name }) => name === entry.name),
      entry,
    );
  }
}

function versionsAreBounded({ name, state, versions, destroyAt }: EnvironmentEntry): void {
  const count = (wanted: VersionEntry['state']): number =>
    versions.filter((version) => version.state === wanted).length;
  assert(count('Current') <= 1, `environment ${name} has at most one current version`);
  assert(count('Current') + count('Retiring') <= 2, `environment ${name} has at most two live versions`);
  assert(new Set(versions.map(({ version }) => version)).size === versions.length, `versions of ${name} are distinct`);
  assert(
    versions.every((version) => version.state === 'Retiring' || version.retireAt === undefined),
    'retireAt is there only while Retiring',
  );
  assert(destroyAt === undefined || state === 'Withdrawn', 'destroyAt is there only while withdrawn');
}

function deadStayDead(before: EnvironmentEntry | undefined, after: EnvironmentEntry): void {
  const dead = (before?.versions ?? []).filter((version) => !isLive(version));
  const live = new Set(after.versions.filter(isLive).map(({ version }) => version));
  assert(!dead.some(({ version }) => live.has(version)), `a version of ${after.name} that was given up stays so`);
}

/** What is sealed for every version, so that it belongs to each one that may still be used. */
const OF_EVERY_VERSION: readonly MaterialField[] = ['token', 'material', 'passphrase'];

/** What is sealed belongs to a version that may still be used. */
export function sealedRules({ ledger, sealed }: ModelRecord): void {
  for (const { environment, version, field } of sealed) {
    const entry = ledger.environments.find(({ name }) => name === environment);
    const known = entry?.versions.find((candidate) => candidate.version === version);
    const isUsed = OF_EVERY_VERSION.includes(field) || known?.signingSecret !== undefined;
    assert(isLive(known) && isUsed, `the ${field} of ${environment} version ${version} stays sealed for nothing`);
  }
}

export function finalizerRules({ object }: KeyObjectFacts): void {
  const isHeld = object?.metadata.finalizers?.includes(FINALIZER) === true;
  assert(object === undefined || isHeld || isDeleting(object), 'the finalizer comes first');
}

/** Nothing is minted while the key is suspended, expired, frozen, rolled back or being deleted. */
export function mintRules(facts: KeyObjectFacts, change: RecordChange): void {
  const minting = [...change.mints, ...change.signing];
  if (minting.length === 0) return;
  const declared = requireDeclared(facts);
  assert(declared.object.spec.suspended !== true, 'a suspended key mints nothing');
  const { record, provenSequence } = facts;
  assert(provenSequence <= (record.kind === 'Valid' ? record.ledger.sequence : 0), 'a rolled back key mints nothing');
  for (const { environment } of minting) environmentIsOpen(declared, environment, 'mints');
}

/** A key that is not accepted keeps what it has: only what its own spec drops, revokes, or lets expire, is withdrawn. */
export function frozenRules({ gathered, before, after }: Stepped, { settles }: RecordChange): void {
  const { facts } = gathered;
  if (settles || facts.object === undefined || isDeleting(facts.object)) return;
  const declared = { ...facts, object: facts.object };
  const isRevoked = after.record?.ledger.revocation !== undefined;
  if (acceptanceViolation(declared) === undefined || isRevoked) return;
  const isLost = (entry: EnvironmentEntry): boolean => {
    const held = entry.places.filter(({ state }) => state === 'Held').map(placeKey);
    const now = after.record?.ledger.environments.find(({ name }) => name === entry.name);
    const kept = new Set(now?.places.filter(({ state }) => state === 'Held').map(placeKey));
    return entry.state === 'Active' && (now?.state !== 'Active' || held.some((key) => !kept.has(key)));
  };
  for (const { name, expired } of targetsOf(declared)) {
    const entry = before.record?.ledger.environments.find((known) => known.name === name);
    assert(expired || entry === undefined || !isLost(entry), `a frozen key loses nothing of ${name}`);
  }
}

/** An accepted key that is not being deleted, in an environment that is neither expired nor suspended. */
export function environmentIsOpen(facts: DeclaredFacts, environment: string | undefined, does: string): void {
  assert(acceptanceViolation(facts) === undefined, `a frozen key ${does} nothing`);
  assert(!isDeleting(facts.object), `a deleting key ${does} nothing`);
  const target = targetsOf(facts).find(({ name }) => name === environment);
  assert(target?.expired === false && !target.suspended, `an expired or suspended environment ${does} nothing`);
}

/** Before a Secret of a ledger place is deleted, the ledger owes the place. */
export function withdrawRules({ gathered, before, after }: Stepped): void {
  const places = (gathered.stored?.ledger.environments ?? []).flatMap((entry) => entry.places);
  const gone = [...before.secrets.keys()].filter((key) => !after.secrets.has(key));
  for (const key of gone) {
    const here = places.filter((place) => placeKey(place) === key);
    const isOwed = here.length === 0 || here.some(({ state }) => state === 'Owed');
    assert(isOwed, `the place ${key} is owed before its Secret goes`);
  }
}

/** A token that is dropped from an active environment is in every namespace that exists; other keys are never dropped. */
export function dropRules({ drop, ledger }: RecordChange, { facts }: Gathered, { secrets }: Snapshot): void {
  for (const { environment, version, field } of drop) {
    const entry = ledger.environments.find(({ name, state }) => name === environment && state === 'Active');
    const current = entry?.versions.find((known) => known.version === version && known.state === 'Current');
    assert(field !== 'material' || current === undefined, `the key of ${environment} stays sealed while it is in use`);
    if (field !== 'token' || current === undefined) continue;
    for (const name of existing(requireDeclared(facts), environment)) {
      const isThere = [...secrets.values()].some((secret) => secret.namespace === name && carries(secret, current));
      assert(isThere, `the token of ${environment} is dropped before namespace ${name} has it`);
    }
  }
}

function existing(facts: DeclaredFacts, environment: string): readonly string[] {
  const target = targetsOf(facts).find(({ name }) => name === environment);
  return (target?.namespaces ?? [])
    .filter(({ state }) => state === 'Live' || state === 'Terminating')
    .map(({ name }) => name);
}

/** Is a version anywhere: sealed, or as a token in any Secret? */
export function exists({ record, secrets }: Snapshot, { name }: EnvironmentEntry, version: VersionEntry): boolean {
  const isIt = (value: SealedValue): boolean =>
    value.environment === name && value.version === version.version && ['token', 'material'].includes(value.field);
  return record?.sealed.some(isIt) === true || [...secrets.values()].some((secret) => carries(secret, version));
}

/** Ours, said anew: a valid proof of this key, or at a ledger place a proof or a token the environment knows. */
export function isProvablyOurs(
  identity: KeyIdentity,
  secret: SecretView,
  key: string,
  ledger: Ledger | undefined,
): boolean {
  if (secret.proof !== undefined) return isProofOf(secret.proof, identity);
  return (ledger?.environments ?? []).some(
    ({ name, places, versions }) =>
      places.some((place) => placeKey(place) === key) &&
      versions.some(
        (version) =>
          carries(secret, version) ||
          secret.proves({ ...identity, environment: name, version: version.version, keyId: version.keyId }),
      ),
  );
}

export function requireDeclared(facts: KeyObjectFacts): DeclaredFacts {
  const { object } = facts;
  assert(object !== undefined, 'nothing is minted, dropped or delivered without an object');
  return { ...facts, object };
}

function isDeleting(object: DeclaredFacts['object']): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function isLive(version: VersionEntry | undefined): boolean {
  return version?.state === 'Current' || version?.state === 'Retiring';
}

function carries({ digests }: SecretView, { hash }: VersionEntry): boolean {
  return isHashOf(hash, digests['token']);
}
