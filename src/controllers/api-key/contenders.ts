/** Keys blocked at a place, in a namespace or by a full project, so that whoever frees it wakes them. In memory only: a restart looks at every key anyway. */
export class Contenders {
  readonly #waiting = new Map<string, Set<string>>();

  wait(place: string, key: string): void {
    const keys = this.#waiting.get(place) ?? new Set();
    this.#waiting.set(place, keys.add(key));
  }

  /** A key waits until its project has room for one more. */
  waitForRoom(project: string, key: string): void {
    this.wait(roomIn(project), key);
  }

  /** A key waits until the Secrets of a namespace can be reached. */
  waitForNamespace(namespace: string, key: string): void {
    this.wait(reachOf(namespace), key);
  }

  /** Everyone who waits for the place; they wait again when they find it taken. */
  take(place: string): readonly string[] {
    return this.#take(place, Infinity);
  }

  /** Everyone who waits for room in the project. */
  takeRoom(project: string): readonly string[] {
    return this.#take(roomIn(project), Infinity);
  }

  /** Who waits for the namespace, in the order of waiting. */
  takeNamespace(namespace: string, limit: number = Infinity): readonly string[] {
    return this.#take(reachOf(namespace), limit);
  }

  #take(what: string, limit: number): readonly string[] {
    const keys = this.#waiting.get(what) ?? new Set();
    const taken = [...keys].slice(0, limit);
    for (const key of taken) keys.delete(key);
    if (keys.size === 0) this.#waiting.delete(what);
    return taken;
  }
}

/** No namespace has a colon in its name, so this is no place. */
function roomIn(project: string): string {
  return `project:${project}`;
}

/** No place either. */
function reachOf(namespace: string): string {
  return `namespace:${namespace}`;
}
