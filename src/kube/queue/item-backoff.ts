import type { Random } from '../../clock.ts';

export interface ItemBackoffOptions {
  /** Delay after the first failure, in milliseconds. @default {1000} */
  readonly baseMs?: number;
  /** Upper bound of every delay, in milliseconds. @default {300000} */
  readonly maxMs?: number;
  /** Share of each delay that is drawn at random, from 0 (none) to 1 (all of it). @default {0} */
  readonly jitter?: number;
  readonly random: Random;
}

/**
 * Counts failures per key and doubles the delay with each: `min(maxMs, baseMs * 2^n)` after n earlier
 * failures, lowered by a uniform draw from `[0, jitter)` of itself.
 *
 * With the defaults: 1, 2, 4, 8, 16, 32, 64, 128, 256 and from the tenth failure on 300 seconds.
 */
export class ItemBackoff {
  readonly #failures = new Map<string, number>();
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #jitter: number;
  readonly #random: Random;

  /** @throws {RangeError} unless 0 < baseMs <= maxMs and jitter lies in [0, 1]. */
  constructor({ baseMs = 1_000, maxMs = 300_000, jitter = 0, random }: ItemBackoffOptions) {
    if (!(baseMs > 0 && baseMs <= maxMs)) {
      throw new RangeError(`Cannot back off: want 0 < baseMs <= maxMs, got ${baseMs} and ${maxMs}`);
    }
    if (!(jitter >= 0 && jitter <= 1)) throw new RangeError(`Cannot back off: jitter must be in [0, 1], got ${jitter}`);
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
    this.#jitter = jitter;
    this.#random = random;
  }

  /** Counts one more failure of `key`. @returns Milliseconds to wait before the next try. */
  next(key: string): number {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(this.#maxMs, this.#baseMs * 2 ** failures);
    return delayMs * (1 - this.#jitter * this.#random());
  }

  /** Failures of `key` since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
