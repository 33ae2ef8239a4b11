import { ACCEPT_ROLLBACK_ANNOTATION, WITHDRAW_ANNOTATION } from '../../../api/labels.ts';
import { isRolledBack } from '../../planning/key-facts.ts';
import { ownerOf } from '../../planning/place-state.ts';
import type { KeyEvents } from '../../shared/key-events.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/** Why a record waits for an admin, and what can be done. */
interface Wait {
  readonly reason: 'Orphaned' | 'RecordRolledBack';
  readonly note: string;
  /** The annotation that orders what the note offers. */
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
  readonly #known = new Map<string, Wait>();

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
    const wait = waitOf(facts);
    const known = this.#known.get(key);
    if (wait === undefined) this.#known.delete(key);
    else this.#known.set(key, wait);
    if (wait?.note !== known?.note) {
      if (wait !== undefined) this.#announce(facts, wait.reason, wait.note);
      this.#setCount(this.#known.size);
    }
    if (wait?.order.given !== known?.order.given) this.#answer(facts, wait);
  }

  /** Neither object nor record of the key is left: nobody waits. */
  forget(key: string): void {
    if (this.#known.delete(key)) this.#setCount(this.#known.size);
  }

  /** An order in the wrong words does nothing, which whoever gave it has to hear. */
  #answer(facts: KeyObjectFacts, wait: Wait | undefined): void {
    if (wait?.order.given === undefined || wait.order.given === wait.order.wanted) return;
    const { annotation, wanted } = wait.order;
    this.#announce(
      facts,
      'OrderMismatch',
      `The annotation ${annotation} has another value than "${wanted}": nothing was done`,
    );
  }

  #announce(facts: KeyObjectFacts, reason: string, note: string): void {
    const regarding = { apiVersion: 'v1', kind: 'Secret', metadata: this.#recordRef(facts) };
    this.#events.record(regarding, { type: 'Warning', action: 'Reconcile', reason, note });
  }
}

function waitOf(facts: KeyObjectFacts): Wait | undefined {
  const { object, record, installation, identity, provenSequence } = facts;
  if (object !== undefined || installation !== 'Ready' || record.kind !== 'Valid') return undefined;
  const owner = ownerOf(identity);
  if (isRolledBack(facts)) {
    const note = `${owner} is gone, and this record is older than Secrets that were delivered; nothing is withdrawn or destroyed. Restore the record, apply the key again, or annotate this record with ${ACCEPT_ROLLBACK_ANNOTATION}: "${provenSequence}"`;
    const wanted = String(provenSequence);
    return {
      reason: 'RecordRolledBack',
      note,
      order: { annotation: ACCEPT_ROLLBACK_ANNOTATION, given: record.acceptedSequence, wanted },
    };
  }
  if (record.ledger.phase !== 'Active') return undefined;
  const note = `${owner} is gone without having been deleted; its Secrets stay. Apply it again, or annotate this record with ${WITHDRAW_ANNOTATION}: ${owner}`;
  return {
    reason: 'Orphaned',
    note,
    order: { annotation: WITHDRAW_ANNOTATION, given: record.withdrawOrder, wanted: owner },
  };
}
