import type { Place } from '../../sealing/ledger.ts';
import { placeKey } from './secret-view.ts';

/** By list: a ledger is never changed, only replaced. */
const indexes = new WeakMap<readonly Place[], ReadonlyMap<string, Place>>();

/**
 * The place of a ledger entry by its name ("<namespace>/<Secret name>"). Each list is indexed once: a key may have
 * thousands of places, and each of them is asked for.
 */
export function placeAt(places: readonly Place[], key: string): Place | undefined {
  const index = indexes.get(places) ?? new Map(places.map((place) => [placeKey(place), place]));
  indexes.set(places, index);
  return index.get(key);
}
