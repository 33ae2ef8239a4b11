/**
 * A binary heap that knows where each item stands, so that any item can be taken out again. `push`,
 * `pop` and `delete` take O(log n), the rest O(1).
 *
 * The order of an item must not change while it is inside: delete it, change it, push it again.
 */
export class IndexedHeap<T> {
  readonly #items: T[] = [];
  readonly #positions = new Map<T, number>();
  readonly #isBefore: (a: T, b: T) => boolean;

  /** @param isBefore A strict order: of two items at most one stands before the other. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  has(item: T): boolean {
    return this.#positions.has(item);
  }

  /** The first item in order; undefined when empty. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item that is not inside yet. */
  push(item: T): void {
    this.#items.push(item);
    this.#siftUp(item, this.#items.length - 1);
  }

  /** Takes out the first item in order; undefined when empty. */
  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.delete(first);
    return first;
  }

  /** Takes out `item`. @returns Whether it was inside. */
  delete(item: T): boolean {
    const position = this.#positions.get(item);
    if (position === undefined) return false;
    this.#positions.delete(item);
    const last = this.#items.pop() as T;
    if (last !== item) {
      this.#siftUp(last, position);
      this.#siftDown(last, this.#positions.get(last) as number);
    }
    return true;
  }

  clear(): void {
    this.#items.length = 0;
    this.#positions.clear();
  }

  #siftUp(item: T, from: number): void {
    let position = from;
    while (position > 0) {
      const parentPosition = (position - 1) >> 1;
      const parent = this.#items[parentPosition] as T;
      if (!this.#isBefore(item, parent)) break;
      this.#place(parent, position);
      position = parentPosition;
    }
    this.#place(item, position);
  }

  #siftDown(item: T, from: number): void {
    let position = from;
    for (;;) {
      const childPosition = this.#firstChildPosition(position);
      if (childPosition === undefined) break;
      const child = this.#items[childPosition] as T;
      if (!this.#isBefore(child, item)) break;
      this.#place(child, position);
      position = childPosition;
    }
    this.#place(item, position);
  }

  #firstChildPosition(position: number): number | undefined {
    const left = 2 * position + 1;
    const right = left + 1;
    if (left >= this.#items.length) return undefined;
    if (right >= this.#items.length) return left;
    return this.#isBefore(this.#items[right] as T, this.#items[left] as T) ? right : left;
  }

  #place(item: T, position: number): void {
    this.#items[position] = item;
    this.#positions.set(item, position);
  }
}
