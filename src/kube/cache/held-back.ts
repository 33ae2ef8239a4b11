/** What is to be done about a key, put off while someone holds the key. Keys nobody holds take no memory. */
export class HeldBack<R> {
  readonly #held = new Map<string, { holders: number; readonly tasks: (() => R)[] }>();

  /** May be called again before `release`: the key is then held until both have released it. */
  hold(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) this.#held.set(key, { holders: 1, tasks: [] });
    else held.holders += 1;
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  keys(): Iterable<string> {
    return this.#held.keys();
  }

  /** Runs the task now, or when the key is released; then the answer is undefined. */
  run(key: string, task: () => R): R | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return task();
    held.tasks.push(task);
    return undefined;
  }

  /** Runs what was put off, in its order, if nobody else holds the key. */
  release(key: string): readonly R[] {
    const held = this.#held.get(key);
    if (held === undefined) return [];
    held.holders -= 1;
    if (held.holders > 0) return [];
    this.#held.delete(key);
    return held.tasks.map((task) => task());
  }
}
