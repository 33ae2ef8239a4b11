import { ACCEPT_ROLLBACK_ANNOTATION, WITHDRAW_ANNOTATION } from '../../../api/labels.ts';
import { isRolledBack } from '../../planning/key-facts.ts';
import { ownerOf } from '../../planning/place-state.ts';
import type { KeyEvents } from '../../shared/key-events.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/** What a record without its object is known by. */
interface Found {
  /** Why it waits for an admin, and what can be done. A retained key waits for nobody. */
  readonly wait?: { readonly reason: 'Orphaned' | 'RecordRolledBack'; readonly note: string };
  /** The annotation by which an admin orders something of it. */
  readonly order: { readonly annotation: string; readonly given: string | undefined; readonly wanted: string };
}

/**
 * Keeps count of records that wait for somebody, as their object is gone without a deletion or they are older than
 * what was delivered, and tells of each new one.
 */
export class Orphans {
  readonly #events: KeyEvents;
  readonly #recordRef: (facts: KeyObjectFacts) => { readonly name: string; readonly namespace: string };
  readonly #setCount: (count: number) => void;
  /** What was found last of each. */
  readonly #known = new Map<string, Found>();

  constructor(options: {
    readonly events: KeyEvents;
    readonly recordRef: (facts: KeyObjectFacts) => { readonly name: string; readonly namespace: string };
    readonly setCount: (count: number) => void;
  }) {
    this.#events = options.events;
    this.#recordRef = options.recordRef;
    this.#setCount = options.setCount;
  }

  /** Takes note of how a key was found. */
  observe(key: string, facts: KeyObjectFacts): void {
    const known = this.#known.get(key);
    const found = foundOf(facts);
    if (found === undefined) this.#known.delete(key);
    else this.#known.set(key, found);
    if (found?.wait?.note !== known?.wait?.note) this.#tell(facts, found?.wait);
    if (found?.order.given !== known?.order.given) this.#answer(facts, found?.order);
  }

  #tell(facts: KeyObjectFacts, wait: Found['wait']): void {
    if (wait !== undefined) this.#announce(facts, wait.reason, wait.note);
    this.#tellCount();
  }

  /** Neither object nor record of the key is left: nobody waits. */
  forget(key: string): void {
    if (this.#known.delete(key)) this.#tellCount();
  }

  #tellCount(): void {
    this.#setCount([...this.#known.values()].filter(({ wait }) => wait !== undefined).length);
  }

  /** An order in the wrong words does nothing, which whoever gave it has to hear. */
  #answer(facts: KeyObjectFacts, order: Found['order'] | undefined): void {
    if (order?.given === undefined || order.given === order.wanted) return;
    const { annotation, wanted } = order;
    const note = `The annotation ${annotation} has another value than "${wanted}": nothing was done`;
    this.#announce(facts, 'OrderMismatch', note);
  }

  #announce(facts: KeyObjectFacts, reason: string, note: string): void {
    const regarding = { apiVersion: 'v1', kind: 'Secret', metadata: this.#recordRef(facts) };
    this.#events.record(regarding, { type: 'Warning', action: 'Reconcile', reason, note });
  }
}

function foundOf(facts: KeyObjectFacts): Found | undefined {
  const { object, record, installation, identity, provenSequence } = facts;
  if (object !== undefined || installation !== 'Ready' || record.kind !== 'Valid') return undefined;
  const owner = ownerOf(identity);
  if (isRolledBack(facts)) {
    const wanted = String(provenSequence);
    const note = `${owner} is gone, and this record is older than Secrets that were delivered; nothing is withdrawn or destroyed. Restore the record, apply the key again, or annotate this record with ${ACCEPT_ROLLBACK_ANNOTATION}: "${wanted}"`;
    const order = { annotation: ACCEPT_ROLLBACK_ANNOTATION, given: record.acceptedSequence, wanted };
    return { wait: { reason: 'RecordRolledBack', note }, order };
  }
  const { phase } = record.ledger;
  if (phase === 'Withdrawn') return undefined;
  const order = { annotation: WITHDRAW_ANNOTATION, given: record.withdrawOrder, wanted: owner };
  if (phase !== 'Active') return { order };
  const note = `${owner} is gone without having been deleted; its Secrets stay. Apply it again, or annotate this record with ${WITHDRAW_ANNOTATION}: ${owner}`;
  return { wait: { reason: 'Orphaned', note }, order };
}
