import type { KeyEvents } from '../shared/key-events.ts';
import { ownerOf } from '../planning/place-state.ts';
import type { ApiKeyFacts } from './facts.ts';

/** Keeps count of records whose object is gone without a deletion, and tells of each new one. */
export class Orphans {
  readonly #events: KeyEvents;
  readonly #recordRef: (facts: ApiKeyFacts) => { readonly name: string; readonly namespace: string };
  readonly #setCount: (count: number) => void;
  readonly #known = new Set<string>();

  constructor(options: {
    readonly events: KeyEvents;
    readonly recordRef: (facts: ApiKeyFacts) => { readonly name: string; readonly namespace: string };
    readonly setCount: (count: number) => void;
  }) {
    this.#events = options.events;
    this.#recordRef = options.recordRef;
    this.#setCount = options.setCount;
  }

  /** Takes note of how a key was found. */
  observe(key: string, facts: ApiKeyFacts): void {
    const { object, record, installation } = facts;
    const isOrphan =
      object === undefined && installation === 'Ready' && record.kind === 'Valid' && record.ledger.phase === 'Active';
    if (isOrphan === this.#known.has(key)) return;
    if (isOrphan) this.#announce(facts);
    if (isOrphan) this.#known.add(key);
    else this.#known.delete(key);
    this.#setCount(this.#known.size);
  }

  #announce(facts: ApiKeyFacts): void {
    const owner = ownerOf(facts.identity);
    const note = `${owner} is gone without having been deleted; its Secrets stay. Apply it again, or annotate this record with keywright.dev/withdraw: ${owner}`;
    const regarding = { apiVersion: 'v1', kind: 'Secret', metadata: this.#recordRef(facts) };
    this.#events.record(regarding, { type: 'Warning', reason: 'Orphaned', action: 'Reconcile', note });
  }
}
