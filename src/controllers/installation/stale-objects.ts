export interface StaleObjectsOptions<T> {
  /** As the object says of itself; false while the installation is not ready. */
  readonly isStale: (object: T) => boolean;
  readonly setCount: (count: number) => void;
  /** Called when the last object that was stale is so no more. */
  readonly onDrained: () => void;
}

/** Keeps count of the objects that are to be renewed since a key of the installation was rotated, as they are seen. */
export class StaleObjects<T> {
  readonly #options: StaleObjectsOptions<T>;
  readonly #names = new Set<string>();

  constructor(options: StaleObjectsOptions<T>) {
    this.#options = options;
  }

  get count(): number {
    return this.#names.size;
  }

  /** Takes note of an object as it is now. @param object Undefined: it is gone. @returns Whether it is stale. */
  observe(name: string, object: T | undefined): boolean {
    const { isStale, setCount, onDrained } = this.#options;
    const isFound = object !== undefined && isStale(object);
    if (isFound === this.#names.has(name)) return isFound;
    if (isFound) this.#names.add(name);
    else this.#names.delete(name);
    setCount(this.#names.size);
    if (this.#names.size === 0) onDrained();
    return isFound;
  }

  /** The names of those that are stale, when a key was rotated or everything is looked at again. */
  observeAll(objects: Iterable<readonly [string, T]>): readonly string[] {
    return Array.from(objects).flatMap(([name, object]) => (this.observe(name, object) ? [name] : []));
  }
}
