import type { KeyObject, KeyStatus } from '../../api/key-object.ts';

/** Statuses by the uid of their objects, for as long as there are no MAC keys to tell ours from an edit. */
export class StatusMemory {
  #statuses: Map<string, KeyStatus | undefined> | undefined;

  /** There are no MAC keys: keeps what every object shows now, unless something is kept already. */
  keep(objects: readonly KeyObject[]): void {
    this.#statuses ??= new Map(objects.map(({ metadata, status }) => [metadata.uid ?? '', status]));
  }

  /** There are MAC keys again: what was kept may be an edit, which nothing but a MAC tells. */
  clear(): void {
    this.#statuses = undefined;
  }

  /** What the object showed when the keys were missed, or what was written since; undefined for one that came later. */
  kept(uid: string): KeyStatus | undefined {
    return this.#statuses?.get(uid);
  }

  /** What the operator itself writes restricts, and so replaces what was kept. */
  written(uid: string, status: KeyStatus): void {
    if (this.#statuses?.has(uid) === true) this.#statuses.set(uid, status);
  }
}
