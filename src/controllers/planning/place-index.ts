import type { Place } from '../../sealing/ledger.ts';
import { placeKey } from './secret-view.ts';

/** Shorter lists are looked through: that is faster than an index is made, and nothing is kept. */
const INDEXED_FROM = 16;

/** By list: a ledger is never changed, only replaced. */
const indexes = new WeakMap<readonly Place[], ReadonlyMap<string, Place>>();

/**
 * The place of a ledger entry by its name ("<namespace>/<Secret name>"). Each long list is indexed once: a
 * key may have thousands of places, and each of them is asked for.
 */
export function placeAt(places: readonly Place[], key: string): Place | undefined {
  if (places.length < INDEXED_FROM) return places.find((place) => placeKey(place) === key);
  const index = indexes.get(places) ?? new Map(places.map((place) => [placeKey(place), place]));
  indexes.set(places, index);
  return index.get(key);
}
