import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock } from '../../src/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/**
 * A clock that stands still until `advance` moves it.
 *
 * - Sleeps resolve in the order they fall due (those due together: in the order they were started), and
 *   the clocks read exactly the due time while the woken code runs.
 * - A sleep of 0 ms or less resolves at once, without `advance`.
 * - The monotonic clock starts at 0 and never jumps; `setWallClock` moves the wall clock alone.
 */
export class FakeClock implements Clock {
  #monotonicMs = 0;
  #wallMs: number;
  /** Insertion order breaks ties. */
  readonly #sleepers = new Set<Sleeper>();

  constructor(start: Date = new Date('2027-01-01T00:00:00Z')) {
    this.#wallMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#wallMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Number of sleeps that have neither resolved nor been aborted: 0 shows that nothing was left behind. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Milliseconds until the next sleep falls due; undefined while nobody sleeps. */
  get nextWakeMs(): number | undefined {
    const next = this.#nextSleeper();
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (ms <= 0) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#sleepers.delete(sleeper);
      reject(signal?.reason as Error);
    };
    const sleeper: Sleeper = {
      dueMs: this.#monotonicMs + ms,
      wake: () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
    };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', onAbort, { once: true });
    return promise;
  }

  /** Moves both clocks by `ms`, waking whoever falls due on the way, and lets the woken code run. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#monotonicMs + ms;
    await macrotask();
    for (let next = this.#nextSleeper(); next !== undefined && next.dueMs <= targetMs; next = this.#nextSleeper()) {
      this.#moveTo(next.dueMs);
      this.#sleepers.delete(next);
      next.wake();
      await macrotask();
    }
    this.#moveTo(targetMs);
    await macrotask();
  }

  /** Moves both clocks without waking anybody: the event loop stood still for `ms`. Follow with `advance(0)`. */
  stall(ms: number): void {
    this.#moveTo(this.#monotonicMs + ms);
  }

  /** Jumps the wall clock; sleeps and the monotonic clock are not touched. */
  setWallClock(date: Date): void {
    this.#wallMs = date.getTime();
  }

  #moveTo(monotonicMs: number): void {
    // After a stall, sleeps that fell due meanwhile wake late; time never runs back to their due time.
    const deltaMs = Math.max(0, monotonicMs - this.#monotonicMs);
    this.#monotonicMs += deltaMs;
    this.#wallMs += deltaMs;
  }

  #nextSleeper(): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (next === undefined || sleeper.dueMs < next.dueMs) next = sleeper;
    }
    return next;
  }
}
