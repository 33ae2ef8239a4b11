/** Keys blocked at a place, in a namespace or by a full project, so that whoever frees it wakes them. In memory only: a restart looks at every key anyway. */
export class Contenders {
  readonly #waiting = new Map<string, Set<string>>();
  /** What each key waits for, so that it can be forgotten without a walk. */
  readonly #awaited = new Map<string, Set<string>>();

  wait(place: string, key: string): void {
    add(this.#waiting, place, key);
    add(this.#awaited, key, place);
  }

  /** The key waits for nothing, until it says so again. */
  forget(key: string): void {
    for (const what of this.#awaited.get(key) ?? []) remove(this.#waiting, what, key);
    this.#awaited.delete(key);
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
    const taken = [...(this.#waiting.get(what) ?? [])].slice(0, limit);
    for (const key of taken) {
      remove(this.#waiting, what, key);
      remove(this.#awaited, key, what);
    }
    return taken;
  }
}

function add(sets: Map<string, Set<string>>, name: string, member: string): void {
  sets.set(name, (sets.get(name) ?? new Set()).add(member));
}

/** Keeps no empty set. */
function remove(sets: Map<string, Set<string>>, name: string, member: string): void {
  const members = sets.get(name);
  members?.delete(member);
  if (members?.size === 0) sets.delete(name);
}

/** No namespace has a colon in its name, so this is no place. */
function roomIn(project: string): string {
  return `project:${project}`;
}

/** No place either. */
function reachOf(namespace: string): string {
  return `namespace:${namespace}`;
}
