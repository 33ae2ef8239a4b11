import type { Clock } from '../../clock.ts';
import { ConnectionError } from '../errors/api-error.ts';
import { withTimeLimit } from './time-limit.ts';

/** What CallOptions promises for calls that name no deadline. */
export const DEFAULT_DEADLINE_MS = 15_000;

export interface DeadlineOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs `run` under a signal that aborts when `signal` does, with its reason, or after `deadlineMs`, with
 * ConnectionError `timeout`. `run` owes to reject when it aborts.
 *
 * @param run Also told when its time is over, as a reading of the monotonic clock.
 */
export async function withDeadline<T>(
  { clock, deadlineMs, signal }: DeadlineOptions,
  run: (signal: AbortSignal, deadlineAtMs: number) => Promise<T>,
): Promise<T> {
  const deadlineAtMs = clock.monotonicMs() + deadlineMs;
  const onExpiry = (): Error =>
    new ConnectionError('timeout', `The API server gave no usable answer within ${deadlineMs} ms`);
  return await withTimeLimit({ clock, ms: deadlineMs, signal, onExpiry }, (limited) => run(limited, deadlineAtMs));
}
