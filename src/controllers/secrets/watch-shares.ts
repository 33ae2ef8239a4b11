/** A Secret that is not ours, at a place a key of the project wants. */
export interface ForeignPlace {
  readonly project: string;
  /** "<namespace>/<Secret name>" */
  readonly place: string;
}

/** Each watch is a connection of its own. */
const MAX_WATCHES = 64;
const MAX_PER_PROJECT = 8;

/**
 * Which places are watched: at most 64, and at most 8 of one project. Projects take turns, and so do the keys of a
 * project, so that neither a key nor a project with many places leaves others without. Whoever was there first is
 * served first within a turn.
 *
 * @param wanted The places of each key.
 */
export function shareWatches(wanted: Iterable<readonly ForeignPlace[]>): ReadonlySet<string> {
  const projects = new Map<string, string[][]>();
  for (const places of wanted) {
    for (const [project, ofKey] of Map.groupBy(places, ({ project }) => project)) {
      const keys = projects.get(project) ?? [];
      keys.push(ofKey.map(({ place }) => place));
      projects.set(project, keys);
    }
  }
  const shares = [...projects.values()].map((keys) => [...firstOf(inTurn(keys), MAX_PER_PROJECT)]);
  return firstOf(inTurn(shares), MAX_WATCHES);
}

/** The first of each list, then the second of each, and so on. */
function* inTurn<T>(lists: readonly (readonly T[])[]): Generator<T> {
  const turns = Math.max(0, ...lists.map(({ length }) => length));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const list of lists) yield* list.slice(turn, turn + 1);
  }
}

function firstOf<T>(items: Iterable<T>, count: number): ReadonlySet<T> {
  const first = new Set<T>();
  for (const item of items) {
    if (first.add(item).size === count) break;
  }
  return first;
}
