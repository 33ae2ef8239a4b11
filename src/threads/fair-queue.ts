/**
 * Promises:
 * - fair: groups with waiting items take turns; a group that has had its turn goes behind all others, so an
 *   item waits for at most one item of each other group per item before it in its own.
 * - ordered: first in, first out within a group.
 * - forgetful: a group without items takes no memory.
 */
export class FairQueue<T> {
  /** Never with an empty list. In order of turns: a Map keeps the order in which keys came. */
  readonly #groups = new Map<string, T[]>();

  push(group: string, item: T): void {
    const items = this.#groups.get(group);
    if (items === undefined) this.#groups.set(group, [item]);
    else items.push(item);
  }

  /** Takes out the next item of the group whose turn it is; undefined if nothing waits. */
  take(): T | undefined {
    const [next] = this.#groups;
    if (next === undefined) return undefined;
    const [group, items] = next;
    const item = items.shift();
    this.#groups.delete(group);
    if (items.length > 0) this.#groups.set(group, items);
    return item;
  }

  /** Takes out one item before its turn. False if it does not wait here. */
  remove(group: string, item: T): boolean {
    const items = this.#groups.get(group);
    const at = items?.indexOf(item) ?? -1;
    if (items === undefined || at < 0) return false;
    items.splice(at, 1);
    if (items.length === 0) this.#groups.delete(group);
    return true;
  }
}
