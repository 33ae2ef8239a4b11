import type { Clock, Random } from '../../clock.ts';
import { ApiError } from '../errors/api-error.ts';
import { retryDelayMs } from './retry-delay.ts';

/** One try of a call. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T>;

export interface RetryBudget {
  readonly clock: Clock;
  readonly random: Random;
  /** Reading of the monotonic clock after which there is no more attempt. */
  readonly deadlineAtMs: number;
}

/**
 * Repeats an attempt while `mayRetry` says so and time is left. Waits between attempts what the server asked for,
 * if anything, plus full jitter with upper bounds of 0.2, 0.4, 0.8, 1.6, 3.2 and then 5 seconds. A wait that would
 * pass the deadline is not begun: the last error is thrown at once, so that the caller sees why.
 */
export function retryAttempts<T>(
  attempt: Attempt<T>,
  mayRetry: (error: unknown) => boolean,
  { clock, random, deadlineAtMs }: RetryBudget,
): Attempt<T> {
  return async (signal) => {
    for (let failures = 0; ; failures += 1) {
      try {
        return await attempt(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!mayRetry(error)) throw error;
        const waitMs = requestedWaitMs(error) + retryDelayMs(failures, { baseMs: 200, capMs: 5_000, random });
        if (clock.monotonicMs() + waitMs >= deadlineAtMs) throw error;
        await clock.sleep(waitMs, signal);
      }
    }
  };
}

function requestedWaitMs(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
}
