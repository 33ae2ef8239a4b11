import type { Random } from '../../clock.ts';

export interface RetryDelayOptions {
  /** Upper bound of the first delay, in milliseconds. @default {1000} */
  readonly baseMs?: number;
  /** Upper bound of every delay, in milliseconds. @default {60000} */
  readonly capMs?: number;
  readonly random: Random;
}

/**
 * Delay before a retry, with full jitter: a uniform draw between zero and
 * `min(capMs, baseMs * 2^attempt)`, so that many callers failing together do not return together.
 *
 * With the defaults the upper bounds are 1, 2, 4, 8, 16, 32 and from attempt 6 on 60 seconds;
 * the mean wait is half of that.
 *
 * @param attempt Number of failures so far minus one: 0 for the first retry.
 * @returns Milliseconds, possibly 0, possibly fractional.
 * @throws {RangeError} if `attempt` is negative or not an integer.
 *
 * @example
 * ```ts
 * await clock.sleep(retryDelayMs(attempt, { random }), signal);
 * ```
 */
export function retryDelayMs(attempt: number, { baseMs = 1_000, capMs = 60_000, random }: RetryDelayOptions): number {
  if (!Number.isInteger(attempt) || attempt < 0) {
    throw new RangeError(`Cannot compute a retry delay: attempt must be an integer >= 0, got ${attempt}`);
  }
  return random() * Math.min(capMs, baseMs * 2 ** attempt);
}
