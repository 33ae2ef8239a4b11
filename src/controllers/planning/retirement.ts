import type { EnvironmentEntry, KeyIdentity, VersionEntry } from '../../sealing/ledger.ts';
import { MATERIAL_FIELDS, type MaterialRef } from '../../sealing/sealed-material.ts';
import { currentVersion, isPast, timestampAfter, type EnvironmentFacts } from './environment-facts.ts';
import { placeAt } from './place-index.ts';
import { placeState } from './place-state.ts';
import { wantedPlaces } from './places-plan.ts';
import { placeKey } from './secret-view.ts';
import { retireWhere } from './version-states.ts';

/** A namespace that cannot be written to delays the end of an overlap by this much at most. */
export const PATIENCE_MS = 3_600_000;

export interface RetirementEdit {
  /** The same reference as before when nothing changes. */
  readonly entry: EnvironmentEntry;
  readonly drop: readonly MaterialRef[];
}

/**
 * The end of an overlap, after Secrets moved. The time of a superseded version begins to run when its successor is
 * everywhere where it can be, and is stored once. When it is over, Secrets let go of the version first, and the
 * ledger, and with it status, after them. A suspended environment retires nothing.
 */
export function planRetirement(
  facts: EnvironmentFacts,
  identity: KeyIdentity,
  entry: EnvironmentEntry,
): RetirementEdit {
  const { now } = facts;
  const current = currentVersion(entry);
  const retiring = entry.versions.find(({ state }) => state === 'Retiring');
  const unchanged: RetirementEdit = { entry, drop: [] };
  if (!isServed(facts, entry) || current === undefined || retiring === undefined) return unchanged;
  if (retiring.retireAt === undefined) {
    const mayBegin = isOutOfPatience(current.createdAt, now) || isSettled(facts, identity, entry, current);
    return mayBegin ? { ...unchanged, entry: withRetirement(facts, entry, retiring) } : unchanged;
  }
  if (!isPast(retiring.retireAt, now)) return unchanged;
  const isGone = isSettled(facts, identity, entry, current) && !isLeftBehind(facts, entry);
  if (!isGone && !isOutOfPatience(retiring.retireAt, now)) return unchanged;
  const next = retireWhere(entry, now, (version) => version === retiring);
  return { entry: next, drop: sealedOf(facts, entry, retiring) };
}

function isServed({ target }: EnvironmentFacts, { state }: EnvironmentEntry): boolean {
  return target !== undefined && !target.suspended && state === 'Active';
}

function isOutOfPatience(since: string, now: Date): boolean {
  return Date.parse(since) + PATIENCE_MS <= now.getTime();
}

/** Is every Secret that can be written just as wanted? */
function isSettled(
  facts: EnvironmentFacts,
  identity: KeyIdentity,
  entry: EnvironmentEntry,
  current: VersionEntry,
): boolean {
  const { target } = facts;
  if (target === undefined) return false;
  return wantedPlaces(facts, target).every(({ namespace, output }) => {
    const place = placeAt(entry.places, placeKey({ namespace, secretName: output.secretName }));
    if (place?.state !== 'Held') return true;
    const { kind } = placeState(facts, identity, entry, current, target, place);
    return kind !== 'Deliver' && kind !== 'Waiting' && kind !== 'MaterialMissing';
  });
}

/**
 * Is there a Secret of ours to which nothing new is written: in a namespace that takes nothing, such as one that is
 * being deleted, or under a name that it had before and keeps until it can be written under the new one?
 */
function isLeftBehind(facts: EnvironmentFacts, { places }: EnvironmentEntry): boolean {
  const { target } = facts;
  const wanted = target === undefined ? [] : wantedPlaces(facts, target);
  const written = new Set(
    wanted.map(({ namespace, output }) => placeKey({ namespace, secretName: output.secretName })),
  );
  return places.some(
    (place) => place.state === 'Held' && !written.has(placeKey(place)) && facts.observe(place)?.kind === 'Present',
  );
}

function withRetirement(facts: EnvironmentFacts, entry: EnvironmentEntry, retiring: VersionEntry): EnvironmentEntry {
  const retireAt = timestampAfter(facts.now, facts.overlapMs);
  const versions = entry.versions.map((version) => (version === retiring ? { ...version, retireAt } : version));
  return { ...entry, versions };
}

function sealedOf(facts: EnvironmentFacts, entry: EnvironmentEntry, { version }: VersionEntry): readonly MaterialRef[] {
  return MATERIAL_FIELDS.map((field): MaterialRef => ({ environment: entry.name, version, field })).filter(
    facts.isSealed,
  );
}
