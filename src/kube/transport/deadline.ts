import type { Clock } from '../../clock.ts';
import { ConnectionError } from '../errors/api-error.ts';

/** What CallOptions promises for calls that name no deadline. */
export const DEFAULT_DEADLINE_MS = 15_000;

export interface DeadlineOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Ends the timer of a call that is over; nobody sees it. One for all, as making an error costs a stack trace. */
const CALL_IS_OVER = new Error('The call is over');

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
  signal?.throwIfAborted();
  const call = new AbortController();
  const timer = new AbortController();
  // Not AbortSignal.any: a listener that is removed leaves nothing on a signal that outlives many calls.
  const onAbort = (): void => call.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  clock.sleep(deadlineMs, timer.signal).then(
    () => call.abort(new ConnectionError('timeout', `The API server gave no usable answer within ${deadlineMs} ms`)),
    () => {},
  );
  try {
    return await run(call.signal, clock.monotonicMs() + deadlineMs);
  } finally {
    timer.abort(CALL_IS_OVER);
    signal?.removeEventListener('abort', onAbort);
  }
}
