import type { WatchEvent } from '../client/client.ts';
import { objectKey } from '../objects/objects.ts';
import type { KubeObject } from '../objects/objects.ts';

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** A watch that should begin with the present state shows that the server does not do that. */
export class InitialEventsUnsupportedError extends Error {
  override readonly name = 'InitialEventsUnsupportedError';
}

/**
 * Collects the present state from the first events of a watch (WatchList).
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
 */
export class InitialState<Raw extends KubeObject, T> {
  readonly #convert: (raw: Raw) => T | undefined;
  readonly #objects = new Map<string, T>();

  /** @param convert Undefined leaves the object out. */
  constructor(convert: (raw: Raw) => T | undefined) {
    this.#convert = convert;
  }

  get objects(): readonly T[] {
    return [...this.#objects.values()];
  }

  /**
   * Takes one event. Returns true for the bookmark that completes the state.
   * @throws {InitialEventsUnsupportedError} for any other bookmark: the server has ignored the request for the state.
   */
  add({ type, object }: WatchEvent<Raw>): boolean {
    if (type === 'BOOKMARK') {
      if (object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true') return true;
      throw new InitialEventsUnsupportedError('A bookmark came before the end of the initial events');
    }
    const key = objectKey(object);
    const converted = type === 'DELETED' ? undefined : this.#convert(object);
    if (converted === undefined) this.#objects.delete(key);
    else this.#objects.set(key, converted);
    return false;
  }
}
