import { isLiveVersion } from '../../../src/sealing/ledger.ts';
import type { DeliveredSecret } from './delivered-secret.ts';
import type { Violation } from './event.ts';
import type { ShownVersion } from './shown-versions.ts';

interface Delivery {
  /** "<kind>/<namespace>/<name>" of the key. */
  readonly owner: string;
  /** Number of the write that first had a Secret show it. */
  readonly first: number;
  /** Number of the last write over a Secret that had been there, and still shows it. */
  lastUpdate: number;
  readonly place: string;
}

interface Refusal {
  /** Number of the write that refused it. */
  readonly at: number;
  /** The version that is refused: the key may come back under a higher number alone. */
  readonly version: number;
}

/**
 * Nothing is delivered to an environment before status names it there, nor again once it is refused there for good:
 * environments that share a key rotate apart while one of them is suspended, and one that begins anew is given again
 * what the others have. Events of different kinds may come in any order; their numbers are compared.
 */
export class OrderRules {
  /** These three by "<environment> <token or key>". */
  readonly #acceptedAt = new Map<string, number>();
  readonly #refused = new Map<string, Refusal>();
  readonly #deliveries = new Map<string, Delivery>();

  seeStatus(versions: readonly ShownVersion[], number: number): readonly Violation[] {
    return versions.flatMap((version) => {
      const there = keyOf(version);
      if (this.#acceptedAt.has(there)) return [];
      this.#acceptedAt.set(there, number);
      return this.#early(there);
    });
  }

  seeLedger(versions: readonly ShownVersion[], number: number): readonly Violation[] {
    const back = new Map(
      versions
        .filter((one) => isLiveVersion(one) && one.cause === 'FirstIssue')
        .map((one) => [keyOf(one), one.version] as const),
    );
    for (const [there, version] of back) {
      if (version > (this.#refused.get(there)?.version ?? version)) this.#refused.delete(there);
    }
    return versions.flatMap((version) => {
      const there = keyOf(version);
      const isBack = (back.get(there) ?? 0) > version.version;
      if (isLiveVersion(version) || isBack || this.#refused.has(there)) return [];
      this.#refused.set(there, { at: number, version: version.version });
      return this.#late(there);
    });
  }

  /** @param isUpdate A write over a Secret that was there, planned from what it held. A POST may come late. */
  seeDelivery(
    { owner, place, environment, current, previous }: DeliveredSecret,
    number: number,
    isUpdate: boolean,
  ): readonly Violation[] {
    return [current, previous].flatMap((id) => {
      if (id === undefined) return [];
      const there = keyOf({ environment, id });
      const known = this.#deliveries.get(there);
      const delivery = known ?? { owner, first: number, lastUpdate: 0, place };
      if (isUpdate) delivery.lastUpdate = number;
      this.#deliveries.set(there, delivery);
      return [...(known === undefined ? this.#early(there) : []), ...this.#late(there)];
    });
  }

  /** What was delivered and never named by any status; for when all events are in. */
  get neverAccepted(): readonly Violation[] {
    return [...this.#deliveries]
      .filter(([there]) => !this.#acceptedAt.has(there))
      .map(([, { owner, place, first }]) => `${owner}: ${place} was given at ${first} what no status ever named`);
  }

  #early(there: string): readonly Violation[] {
    const acceptedAt = this.#acceptedAt.get(there);
    const delivery = this.#deliveries.get(there);
    if (acceptedAt === undefined || delivery === undefined || acceptedAt < delivery.first) return [];
    const { owner, place, first } = delivery;
    return [`${owner}: ${place} was given at ${first} what status named at ${acceptedAt} first`];
  }

  #late(there: string): readonly Violation[] {
    const refused = this.#refused.get(there);
    const delivery = this.#deliveries.get(there);
    if (refused === undefined || delivery === undefined || delivery.lastUpdate <= refused.at) return [];
    const { owner, place, lastUpdate } = delivery;
    return [`${owner}: ${place} was given at ${lastUpdate} what the ledger refuses since ${refused.at}`];
  }
}

function keyOf({ environment, id }: Pick<ShownVersion, 'environment' | 'id'>): string {
  return `${environment} ${id}`;
}
