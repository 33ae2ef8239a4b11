import type { Clock } from '../../src/clock.ts';
import { systemClock } from '../../src/system-clock.ts';

/**
 * The real clock for tests with real servers, with two changes: waiting passes `speed` times as fast, so that a
 * backoff of seconds takes a moment, and the wall clock can jump. Deadlines shrink with the waits; the wall clock
 * runs at its usual pace, as stored times do.
 */
export class WarpedClock implements Clock {
  readonly #speed: number;
  #offsetMs = 0;

  constructor({ speed = 1 }: { readonly speed?: number } = {}) {
    this.#speed = speed;
  }

  now(): Date {
    return new Date(systemClock.now().getTime() + this.#offsetMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() * this.#speed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.#speed, signal);
  }

  /** Moves the wall clock alone, forward or back. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }
}
