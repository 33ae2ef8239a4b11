import type { Clock } from '../../clock.ts';

/**
 * Outlasts an API server that stumbles, and the five seconds for which a namespace is spared after a call that got
 * stuck: it is asked once more before anything goes on without it.
 */
const PATIENCE_MS = 15_000;

/** Far longer than the longest wait between two passes: what was begun before that is another wait. */
const FORGOTTEN_MS = 3_600_000;

/** How long something is waited for that gives no answer. In memory: after a change of leaders the wait begins anew. */
export class Patience {
  readonly #clock: Clock;
  /** Monotonic time of the first asking, oldest first. */
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Was it waited for long enough? The wait begins with the first call. @param what Names one wait. */
  isOver(what: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#forget(nowMs);
    const sinceMs = this.#since.get(what);
    if (sinceMs === undefined) this.#since.set(what, nowMs);
    return sinceMs !== undefined && nowMs - sinceMs >= PATIENCE_MS;
  }

  #forget(nowMs: number): void {
    for (const [what, sinceMs] of this.#since) {
      if (nowMs - sinceMs < FORGOTTEN_MS) return;
      this.#since.delete(what);
    }
  }
}
