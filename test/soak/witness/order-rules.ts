import type { DeliveredSecret } from './delivered-secret.ts';
import type { Violation } from './event.ts';
import type { ShownVersion } from './shown-versions.ts';

interface Delivery {
  /** Number of the write that first had a Secret show it. */
  readonly first: number;
  /** Number of the last write over a Secret that had been there, and still shows it. */
  lastUpdate: number;
  readonly place: string;
}

/**
 * Nothing is delivered before status names it, nor again once it is refused for good. Events of different kinds may
 * come in any order; their numbers are compared.
 */
export class OrderRules {
  readonly #acceptedAt = new Map<string, number>();
  readonly #refusedAt = new Map<string, number>();
  readonly #deliveries = new Map<string, Delivery>();

  seeStatus(versions: readonly ShownVersion[], number: number): readonly Violation[] {
    return versions.flatMap(({ id }) => {
      if (this.#acceptedAt.has(id)) return [];
      this.#acceptedAt.set(id, number);
      return this.#early(id);
    });
  }

  seeLedger(versions: readonly ShownVersion[], number: number): readonly Violation[] {
    return versions.flatMap(({ id, state }) => {
      if (state === 'Current' || state === 'Retiring' || this.#refusedAt.has(id)) return [];
      this.#refusedAt.set(id, number);
      return this.#late(id);
    });
  }

  /** @param isUpdate A write over a Secret that was there, planned from what it held. A POST may come late. */
  seeDelivery({ place, current, previous }: DeliveredSecret, number: number, isUpdate: boolean): readonly Violation[] {
    return [current, previous].flatMap((id) => {
      if (id === undefined) return [];
      const known = this.#deliveries.get(id);
      const delivery = known ?? { first: number, lastUpdate: 0, place };
      if (isUpdate) delivery.lastUpdate = number;
      this.#deliveries.set(id, delivery);
      return [...(known === undefined ? this.#early(id) : []), ...this.#late(id)];
    });
  }

  /** What was delivered and never named by any status; for when all events are in. */
  get neverAccepted(): readonly Violation[] {
    return [...this.#deliveries]
      .filter(([id]) => !this.#acceptedAt.has(id))
      .map(([, { place, first }]) => `${place} was given at ${first} what no status ever named`);
  }

  #early(id: string): readonly Violation[] {
    const acceptedAt = this.#acceptedAt.get(id);
    const delivery = this.#deliveries.get(id);
    if (acceptedAt === undefined || delivery === undefined || acceptedAt < delivery.first) return [];
    return [`${delivery.place} was given at ${delivery.first} what status named at ${acceptedAt} first`];
  }

  #late(id: string): readonly Violation[] {
    const refusedAt = this.#refusedAt.get(id);
    const delivery = this.#deliveries.get(id);
    if (refusedAt === undefined || delivery === undefined || delivery.lastUpdate <= refusedAt) return [];
    return [`${delivery.place} was given at ${delivery.lastUpdate} what the ledger refuses since ${refusedAt}`];
  }
}
