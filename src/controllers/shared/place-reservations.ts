/**
 * Places that a record write under way is about to claim. Two keys planned side by side see no claim of each other
 * yet; the first to reserve goes on and the other plans again, so one of them gets every place and not each a few.
 * In memory: what a crash leaves is settled by the claims in the records.
 */
export class PlaceReservations {
  readonly #owners = new Map<string, string>();

  /** Takes all places ("<namespace>/<Secret name>") or none. @returns false if another owner has one of them. */
  reserve(owner: string, places: readonly string[]): boolean {
    if (places.some((place) => (this.#owners.get(place) ?? owner) !== owner)) return false;
    for (const place of places) this.#owners.set(place, owner);
    return true;
  }

  release(owner: string, places: readonly string[]): void {
    for (const place of places) if (this.#owners.get(place) === owner) this.#owners.delete(place);
  }

  ownerOf(place: string): string | undefined {
    return this.#owners.get(place);
  }
}
