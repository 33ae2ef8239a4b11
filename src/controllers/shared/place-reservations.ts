import type { KeyIdentity } from '../../sealing/ledger.ts';
import { isSameKey } from '../planning/claims.ts';

/**
 * Places that a record write under way is about to claim. Two keys planned side by side see no claim of each other
 * yet; the first to reserve goes on and the other plans again, so one of them gets every place and not each a few.
 * In memory: what a crash leaves is settled by the claims in the records.
 */
export class PlaceReservations {
  readonly #owners = new Map<string, KeyIdentity>();

  /** Takes all places ("<namespace>/<Secret name>") or none. @returns false if another key has one of them. */
  reserve(owner: KeyIdentity, places: readonly string[]): boolean {
    if (places.some((place) => !isSameKey(this.#owners.get(place) ?? owner, owner))) return false;
    for (const place of places) this.#owners.set(place, owner);
    return true;
  }

  release(owner: KeyIdentity, places: readonly string[]): void {
    for (const place of places) {
      const reserved = this.#owners.get(place);
      if (reserved !== undefined && isSameKey(reserved, owner)) this.#owners.delete(place);
    }
  }

  ownerOf(place: string): KeyIdentity | undefined {
    return this.#owners.get(place);
  }
}
