import type { KeyIdentity } from '../../sealing/ledger.ts';
import { isSameKey } from '../planning/claims.ts';

/**
 * What a record write under way is about to take: places ("<namespace>/<Secret name>") and imported tokens
 * (`tokenReservation`). Two keys planned side by side see nothing of each other in the records yet; the first to
 * reserve goes on and the other plans again, so one of them gets everything and not each a part.
 * In memory: what a crash leaves is settled by the records.
 */
export class Reservations {
  readonly #owners = new Map<string, KeyIdentity>();

  /** Takes all or none. @returns false if another key has one of them. */
  reserve(owner: KeyIdentity, wanted: readonly string[]): boolean {
    if (wanted.some((one) => !isSameKey(this.#owners.get(one) ?? owner, owner))) return false;
    for (const one of wanted) this.#owners.set(one, owner);
    return true;
  }

  release(owner: KeyIdentity, taken: readonly string[]): void {
    for (const one of taken) {
      const reserved = this.#owners.get(one);
      if (reserved !== undefined && isSameKey(reserved, owner)) this.#owners.delete(one);
    }
  }

  ownerOf(one: string): KeyIdentity | undefined {
    return this.#owners.get(one);
  }
}
