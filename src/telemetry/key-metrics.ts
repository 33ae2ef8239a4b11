import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * What became of one Secret.
 *
 * - created, updated: it was written
 * - repaired: it was written because somebody had changed or deleted it
 * - adopted: it was somebody else's and was overwritten with the consent that it carried
 * - withdrawn: it was deleted
 * - conflict: a Secret of that name is not ours; counted when status says so of a namespace, not at each look
 * - failed: anything else; it is tried again, and each try counts
 */
export type DeliveryResult = 'created' | 'updated' | 'repaired' | 'adopted' | 'withdrawn' | 'conflict' | 'failed';

const DELIVERY_RESULTS: Readonly<Record<DeliveryResult, true>> = {
  created: true,
  updated: true,
  repaired: true,
  adopted: true,
  withdrawn: true,
  conflict: true,
  failed: true,
};

/** Keys in a state that `track` was not told are counted under this one: status can be edited by anyone with the right to. */
const OTHER_STATE = 'Other';

export interface KeyMetrics {
  /** One delivery ended. */
  delivered(result: DeliveryResult): void;
  /** Records whose key object is not there. */
  setOrphanRecords(count: number): void;
  /**
   * Counts the keys of a kind at each scrape.
   *
   * @param kind For example "ApiKey".
   * @param states Every state there is; those without a key are reported as 0.
   * @param list The state of each key.
   */
  track(kind: string, states: readonly string[], list: () => Iterable<string>): void;
}

interface TrackedKind {
  readonly states: readonly string[];
  readonly list: () => Iterable<string>;
}

export function createKeyMetrics(registry: Registry): KeyMetrics {
  const registers = [registry];
  const kinds = new Map<string, TrackedKind>();
  new Gauge({
    name: 'keywright_keys',
    help: 'Number of keys, by kind and state.',
    labelNames: ['kind', 'state'],
    registers,
    collect() {
      for (const [kind, tracked] of kinds) {
        for (const [state, count] of countStates(tracked)) this.set({ kind, state }, count);
      }
    },
  });
  const orphans = new Gauge({
    name: 'keywright_orphan_records',
    help: 'Number of records whose key object is not there. Their Secrets stay until somebody decides.',
    registers,
  });
  const deliveries = new Counter({
    name: 'keywright_deliveries_total',
    help: 'Number of deliveries and withdrawals of Secrets, by result.',
    labelNames: ['result'],
    registers,
  });
  for (const result of Object.keys(DELIVERY_RESULTS)) deliveries.inc({ result }, 0);
  return {
    delivered: (result) => deliveries.inc({ result }),
    setOrphanRecords: (count) => orphans.set(count),
    track: (kind, states, list) => void kinds.set(kind, { states, list }),
  };
}

function countStates({ states, list }: TrackedKind): ReadonlyMap<string, number> {
  const counts = new Map([...states, OTHER_STATE].map((state) => [state, 0]));
  for (const state of list()) {
    const known = counts.has(state) ? state : OTHER_STATE;
    counts.set(known, (counts.get(known) ?? 0) + 1);
  }
  return counts;
}
