import type { EnvironmentEntry, KeyIdentity, Place } from '../../sealing/ledger.ts';
import type { MaterialRef } from '../../sealing/sealed-material.ts';
import { currentVersion, type EnvironmentFacts } from './environment-facts.ts';
import { placeAt } from './place-index.ts';
import { isOurs } from './place-state.ts';
import { wantedPlaces } from './places-plan.ts';
import type { EnvironmentEdit } from './record-change.ts';
import { placeKey } from './secret-view.ts';
import { planRetirement } from './retirement.ts';
import { fits } from './wanted-secret.ts';

/**
 * What the ledger may let go of after Secrets were written or deleted: owed places that are clean, and the
 * sealed token of a delivered version that need not be recoverable.
 */
export function planRelease(facts: EnvironmentFacts, identity: KeyIdentity): EnvironmentEdit {
  const { entry } = facts;
  if (entry === undefined) return { entry };
  const places = entry.places.filter((place) => place.state === 'Held' || !isClean(facts, identity, entry, place));
  const released = places.length === entry.places.length ? entry : { ...entry, places };
  const { entry: next, drop } = planRetirement(facts, identity, released);
  const token = carriedToken(facts, next);
  if (token === undefined || (facts.isLive && !token.isSeenLive))
    return drop.length === 0 ? { entry: next } : { entry: next, drop };
  return { entry: next, drop: [...drop, token.ref], needsLive: !token.isSeenLive };
}

/** Nothing of ours is there any more, by a live look of this pass. */
export function isClean(
  facts: EnvironmentFacts,
  identity: KeyIdentity,
  entry: EnvironmentEntry,
  place: Place,
): boolean {
  const seen = facts.observe(place);
  if (seen === undefined) return false;
  if (seen.kind === 'NamespaceMissing') return true;
  if (seen.kind === 'Absent') return seen.live;
  if (seen.kind !== 'Present' || !seen.live) return false;
  const { proof } = seen.secret;
  // A Secret of ours that by now serves another environment stays: only this environment's claim ends.
  if (proof !== undefined && proof.environment !== entry.name) return true;
  return !isOurs(seen.secret, identity, entry);
}

interface CarriedToken {
  readonly ref: MaterialRef;
  /** By live reads, not by what a cache says. */
  readonly isSeenLive: boolean;
}

/**
 * The sealed token may go once live reads show it, as wanted, in every namespace that exists and in at least one.
 * A namespace that cannot be read or is terminating counts as existing.
 */
function carriedToken(facts: EnvironmentFacts, entry: EnvironmentEntry): CarriedToken | undefined {
  const { target } = facts;
  const version = currentVersion(entry);
  if (facts.recoverable || entry.state !== 'Active' || version === undefined || target === undefined) return undefined;
  const ref: MaterialRef = { environment: entry.name, version: version.version, field: facts.materialField };
  const waits = target.namespaces.some(({ state }) => state === 'Terminating');
  if (!facts.isSealed(ref) || target.suspended || waits) return undefined;
  const wanted = wantedPlaces(facts, target);
  const carriers = wanted.flatMap(({ namespace, output }) => {
    const place = placeAt(entry.places, placeKey({ namespace, secretName: output.secretName }));
    const seen = place === undefined ? undefined : facts.observe(place);
    if (place === undefined || seen?.kind !== 'Present') return [];
    return fits(seen.secret, facts.wantedSecret(place, entry, version, target)) ? [seen] : [];
  });
  if (wanted.length === 0 || carriers.length < wanted.length) return undefined;
  return { ref, isSeenLive: carriers.every(({ live }) => live) };
}
