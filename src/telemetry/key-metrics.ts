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

/** States and reasons that `track` was not told are counted under this one: status can be edited by anyone with the right to. */
const OTHER = 'Other';

/** What one key shows of itself. */
export interface KeySample {
  readonly state: string;
  /** Reason of Ready while it is not True; undefined for a key that is ready. */
  readonly notReady: string | undefined;
}

export interface KeyMetrics {
  /** Deliveries ended. @param count 1 unless told. */
  delivered(result: DeliveryResult, count?: number): void;
  /** Records whose key object is not there. */
  setOrphanRecords(count: number): void;
  /** KeyProjects that another installation has. */
  setProjectsClaimedElsewhere(count: number): void;
  /**
   * Counts the keys of a kind at each scrape.
   *
   * @param kind For example "ApiKey".
   * @param known Every state there is, and those without a key are reported as 0; every reason there is.
   * @param list Each key.
   */
  track(kind: string, known: KnownValues, list: () => Iterable<KeySample>): void;
}

interface KnownValues {
  readonly states: readonly string[];
  readonly reasons: readonly string[];
}

interface TrackedKind {
  readonly known: KnownValues;
  readonly list: () => Iterable<KeySample>;
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
        for (const [state, total] of countStates(tracked)) this.set({ kind, state }, total);
      }
    },
  });
  new Gauge({
    name: 'keywright_keys_not_ready',
    help: 'Number of keys whose condition Ready is not True, by kind and reason. Reasons without a key are left out.',
    labelNames: ['kind', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [kind, tracked] of kinds) {
        for (const [reason, total] of countReasons(tracked)) this.set({ kind, reason }, total);
      }
    },
  });
  const orphans = new Gauge({
    name: 'keywright_orphan_records',
    help: 'Number of records whose key object is not there. Their Secrets stay until somebody decides.',
    registers,
  });
  const claimedElsewhere = new Gauge({
    name: 'keywright_projects_claimed_elsewhere',
    help: 'Number of KeyProjects that another installation has. They and their keys are left alone.',
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
    delivered: (result, count = 1) => deliveries.inc({ result }, count),
    setOrphanRecords: (records) => orphans.set(records),
    setProjectsClaimedElsewhere: (count) => claimedElsewhere.set(count),
    track: (kind, known, list) => void kinds.set(kind, { known, list }),
  };
}

function countStates({ known, list }: TrackedKind): ReadonlyMap<string, number> {
  const counts = new Map([...known.states, OTHER].map((state) => [state, 0]));
  for (const { state } of list()) count(counts, counts.has(state) ? state : OTHER);
  return counts;
}

function countReasons({ known, list }: TrackedKind): ReadonlyMap<string, number> {
  const reasons = new Set(known.reasons);
  const counts = new Map<string, number>();
  for (const { notReady } of list()) {
    if (notReady !== undefined) count(counts, reasons.has(notReady) ? notReady : OTHER);
  }
  return counts;
}

function count(counts: Map<string, number>, value: string): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}
