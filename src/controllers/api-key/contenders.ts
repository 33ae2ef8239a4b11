/** Keys blocked at a place or by a full project, so that whoever frees it wakes them. In memory only: a restart looks at every key anyway. */
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

  /** Everyone who waits for the place; they wait again when they find it taken. */
  take(place: string): Iterable<string> {
    const keys = this.#waiting.get(place) ?? [];
    this.#waiting.delete(place);
    return keys;
  }

  /** Everyone who waits for room in the project. */
  takeRoom(project: string): Iterable<string> {
    return this.take(roomIn(project));
  }
}

/** No namespace has a colon in its name, so this is no place. */
function roomIn(project: string): string {
  return `project:${project}`;
}
