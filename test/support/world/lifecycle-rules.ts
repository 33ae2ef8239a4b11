import { LAYOUT_ANNOTATION } from '../../../src/api/labels.ts';
import type { KeyObjectFacts } from '../../../src/controllers/planning/key-rules.ts';
import type { RecordChange } from '../../../src/controllers/planning/record-change.ts';
import { placeKey, type PlaceRef } from '../../../src/controllers/planning/secret-view.ts';
import type { EnvironmentEntry, Ledger, VersionEntry } from '../../../src/sealing/ledger.ts';
import { isHashOf } from '../facts.ts';
import { assert, type Stepped } from './rules.ts';
import type { Gathered, Snapshot } from './world.ts';

/**
 * A version that retires in its time is in no Secret any more that can be written, and stays so long at least as its
 * overlap was to last.
 */
export function retirementRules({ gathered, before, after, step }: Stepped): void {
  if (step.kind !== 'WriteRecord' || after.record === before.record || step.change.settles) return;
  for (const entry of step.change.ledger.environments) {
    const was = before.record?.ledger.environments.find(({ name }) => name === entry.name);
    const isMinted = step.change.mints.some(({ environment }) => environment === entry.name);
    if (isMinted || entry.state !== 'Active' || was?.state !== 'Active') continue;
    for (const version of retiredSince(was, entry)) mayRetire(gathered.facts, entry, version);
  }
}

function mayRetire(facts: KeyObjectFacts, { name, places }: EnvironmentEntry, version: VersionEntry): void {
  const now = facts.now.getTime();
  const end = Date.parse(version.retireAt ?? '');
  assert(end <= now, `version ${version.version} of ${name} retires when its time is over`);
  const isPatient = end + 3_600_000 > now;
  const isHeld = places.some((place) => place.state === 'Held' && reachablyCarries(facts, place, version));
  assert(!isPatient || !isHeld, `Secrets of ${name} let go of what retires first`);
}

function retiredSince(was: EnvironmentEntry, { versions }: EnvironmentEntry): readonly VersionEntry[] {
  const retired = new Set(versions.flatMap(({ version, state }) => (state === 'Retired' ? [version] : [])));
  return was.versions.filter(({ version, state }) => state === 'Retiring' && retired.has(version));
}

function reachablyCarries({ observations }: KeyObjectFacts, place: PlaceRef, { hash, version }: VersionEntry): boolean {
  const seen = observations.get(placeKey(place));
  if (seen?.kind !== 'Present') return false;
  const { digests, annotations } = seen.secret;
  const isTold = annotations[LAYOUT_ANNOTATION]?.endsWith(` previous=${version}`) === true;
  return isTold || isHashOf(hash, digests['previous.token']);
}

/** What is revoked is refused at once, and is in no Secret that is written from then on. */
export function revocationRules({ step, gathered, after }: Stepped): void {
  if (step.kind !== 'WriteRecord' && step.kind !== 'Deliver') return;
  const through = declaredThrough(gathered);
  assert(isRefused(after, gathered.facts, through), 'a revocation is published before anything else is done');
  if (step.kind !== 'Deliver') return;
  const isWritten = step.targets.some(
    ({ wanted }) => wanted.version <= through || (wanted.previous?.version ?? Infinity) <= through,
  );
  assert(!isWritten, 'nothing that is revoked is delivered');
}

/** The highest version that the spec takes back; 0 for none, and for a number that was never given out. */
function declaredThrough({ facts, stored }: Gathered): number {
  const declared = facts.object?.spec.revocation;
  if (declared === undefined || stored === undefined) return 0;
  const { throughVersion } = declared;
  if (throughVersion === undefined) return Number.POSITIVE_INFINITY;
  return throughVersion > stored.ledger.lastVersion ? 0 : throughVersion;
}

function isRefused({ object }: Snapshot, { object: planned }: KeyObjectFacts, through: number): boolean {
  const { state, environments = [] } = object?.status ?? {};
  const isAccepting = state === 'Active' || state === 'Rotating';
  if (!isAccepting || planned?.metadata.deletionTimestamp !== undefined) return true;
  return environments
    .flatMap(({ versions }) => versions ?? [])
    .every((shown) => shown.version > through || shown.state === 'Revoked');
}

/** An order that a rotation followed is remembered, and nobody is given a version twice for it. */
export function triggerRules(
  known: Ledger | undefined,
  ledger: Ledger,
  { mints, settles }: Pick<RecordChange, 'mints' | 'settles'>,
): void {
  const before = new Set(known?.triggers ?? []);
  const followed = (ledger.triggers ?? []).filter((trigger) => !before.has(trigger));
  assert(followed.length === 0 || mints.length > 0 || settles, 'a trigger is done with only by a new version');
  for (const { environment, cause } of mints) {
    const isOwed = known?.environments.some(({ name, rotationOwed }) => name === environment && rotationOwed === true);
    assert(
      cause !== 'Triggered' || followed.length > 0 || isOwed === true,
      'a trigger that was followed rotates nothing any more',
    );
  }
}
