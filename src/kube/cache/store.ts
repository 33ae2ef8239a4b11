import type { ObjectMeta } from '../objects/objects.ts';

/** What a transform must keep: name, namespace, uid and resourceVersion of the object it was made from. */
export interface Cached {
  readonly metadata: ObjectMeta;
}

/** Read side of a cache. Objects are shared between all readers: treat them as frozen. */
export interface Lister<T extends Cached> {
  /** @param key "<namespace>/<name>", or "<name>" for cluster-scoped kinds. */
  get(key: string): T | undefined;
  /** In no particular order. */
  list(): readonly T[];
  /** @throws {RangeError} for an index the cache was not built with. */
  byIndex(name: string, value: string): readonly T[];
  /** How many objects `byIndex` would find, without collecting them. */
  countByIndex(name: string, value: string): number;
  readonly size: number;
}

/** The values under which an index finds an object. Pure: the same object always gives the same values. */
export type IndexFunction<T> = (object: T) => readonly string[];

export interface StoreOptions<T> {
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
}

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  readonly keysByValue: Map<string, Set<string>>;
  /** What `valuesOf` said when the object was stored, for taking it out again. */
  readonly valuesByKey: Map<string, readonly string[]>;
}

/** Objects by key, with secondary indexes that are kept up to date at each change. */
export class Store<T extends Cached> implements Lister<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();

  constructor({ indexes = {} }: StoreOptions<T> = {}) {
    for (const [name, valuesOf] of Object.entries(indexes)) {
      this.#indexes.set(name, { valuesOf, keysByValue: new Map(), valuesByKey: new Map() });
    }
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  byIndex(name: string, value: string): readonly T[] {
    const keys = this.#index(name).keysByValue.get(value) ?? [];
    return Array.from(keys, (key) => this.#objects.get(key)).filter((object) => object !== undefined);
  }

  countByIndex(name: string, value: string): number {
    return this.#index(name).keysByValue.get(value)?.size ?? 0;
  }

  /** If an index function throws, so does this, and the store is as before. */
  set(key: string, object: T): void {
    if (this.#objects.get(key) === object) return;
    const valuesByIndex = Array.from(this.#indexes.values(), (index) => ({ index, values: index.valuesOf(object) }));
    this.delete(key);
    this.#objects.set(key, object);
    for (const { index, values } of valuesByIndex) {
      index.valuesByKey.set(key, values);
      for (const value of values) addTo(index.keysByValue, value, key);
    }
  }

  delete(key: string): void {
    if (!this.#objects.delete(key)) return;
    for (const { keysByValue, valuesByKey } of this.#indexes.values()) {
      for (const value of valuesByKey.get(key) ?? []) removeFrom(keysByValue, value, key);
      valuesByKey.delete(key);
    }
  }

  #index(name: string): Index<T> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new RangeError(`Cannot look up objects: no index is named "${name}"`);
    return index;
  }
}

function addTo(keysByValue: Map<string, Set<string>>, value: string, key: string): void {
  const keys = keysByValue.get(value);
  if (keys === undefined) keysByValue.set(value, new Set([key]));
  else keys.add(key);
}

function removeFrom(keysByValue: Map<string, Set<string>>, value: string, key: string): void {
  const keys = keysByValue.get(value);
  keys?.delete(key);
  // An emptied set goes too, or values that come and go would add up for ever.
  if (keys?.size === 0) keysByValue.delete(value);
}
