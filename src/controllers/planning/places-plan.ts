import type { EnvironmentEntry, Place } from '../../sealing/ledger.ts';
import { currentVersion, timestamp, type EnvironmentFacts, type OutputTarget } from './environment-facts.ts';
import { placeAt } from './place-index.ts';
import { placeKey } from './secret-view.ts';
import { isRefused, type NamespaceState, type TargetEnvironment } from './targets.ts';
import { fits } from './wanted-secret.ts';

export interface PlacesEdit {
  /** The same reference as before when nothing changes. */
  readonly places: readonly Place[];
  readonly needsLive: boolean;
}

/**
 * The places an active environment should have: each wanted one is Held before its Secret is written; one
 * that is no longer wanted becomes Owed. After a rename the old Secret goes only when the new one is there.
 * A suspended environment gets no new places and keeps its own; only a namespace that left it is given up.
 */
export function planPlaces(facts: EnvironmentFacts, entry: EnvironmentEntry, target: TargetEnvironment): PlacesEdit {
  const before = entry.places;
  const wanted = wantedPlaces(facts, target);
  const outputs = new Map(wanted.map(({ namespace, output }) => [key(namespace, output.secretName), output.name]));
  const namespaces = new Map(target.namespaces.map(({ name, state }) => [name, state]));
  const kept = before.map((place): Place => {
    const output = outputs.get(placeKey(place));
    if (output !== undefined) return heldFor(place, output);
    return place.state === 'Held' && mayOwe(facts, entry, target, place, namespaces.get(place.namespace))
      ? { ...place, state: 'Owed' }
      : place;
  });
  const known = new Set(before.map(placeKey));
  const added = (target.suspended ? [] : wanted)
    .filter(({ namespace, output }) => !known.has(key(namespace, output.secretName)))
    .filter(({ namespace, output }) => !facts.isClaimedByOther({ namespace, secretName: output.secretName }))
    .map(({ namespace, output }): Place => ({
      namespace,
      secretName: output.secretName,
      output: output.name,
      state: 'Held',
      since: timestamp(facts.now),
    }));
  const unchanged = added.length === 0 && kept.every((place, index) => place === before[index]);
  return {
    places: unchanged ? before : [...kept, ...added],
    needsLive: kept.some((place, index) => place.state === 'Owed' && before[index]?.state === 'Held'),
  };
}

/** An output may take over the Secret name of another one, which may be written otherwise. */
function heldFor(place: Place, output: string): Place {
  return place.state === 'Held' && place.output === output ? place : { ...place, output, state: 'Held' };
}

/** Every live namespace of the environment, once per output. */
export function wantedPlaces(
  facts: Pick<EnvironmentFacts, 'outputs'>,
  target: TargetEnvironment,
): readonly { readonly namespace: string; readonly output: OutputTarget }[] {
  return target.namespaces
    .filter((namespace) => namespace.state === 'Live')
    .flatMap((namespace) => facts.outputs.map((output) => ({ namespace: namespace.name, output })));
}

/** A place in a missing or terminating namespace stays Held: the namespace may come back. */
function mayOwe(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  target: TargetEnvironment,
  place: Place,
  namespace: NamespaceState | undefined,
): boolean {
  if (namespace === undefined || isRefused(namespace)) return true;
  return namespace === 'Live' && !target.suspended && isDelivered(facts, entry, target, place.namespace);
}

function isDelivered(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  target: TargetEnvironment,
  namespace: string,
): boolean {
  const version = currentVersion(entry);
  if (version === undefined) return false;
  return facts.outputs.every((output) => {
    const place = placeAt(entry.places, key(namespace, output.secretName));
    if (place === undefined || place.state !== 'Held') return false;
    const seen = facts.observe(place);
    return seen?.kind === 'Present' && fits(seen.secret, facts.wantedSecret(place, entry, version, target));
  });
}

function key(namespace: string, secretName: string): string {
  return placeKey({ namespace, secretName });
}
