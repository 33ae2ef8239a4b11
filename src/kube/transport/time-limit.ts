import type { Clock } from '../../clock.ts';
import { forwardAbort } from './abortable.ts';

export interface TimeLimit {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal: AbortSignal | undefined;
  /** Makes the error that `run` is aborted with when its time is over. */
  readonly onExpiry: () => Error;
}

/** Ends the timer of a run that is over; nobody sees it. One for all, as making an error costs a stack trace. */
const RUN_IS_OVER = new Error('The run is over');

/**
 * Runs `run` under a signal that aborts when `signal` does, with its reason, or after `ms`, with the error of
 * `onExpiry`. Settles when `run` does, however long that takes after the abort.
 *
 * @throws The signal's reason, without a run, if it has aborted already.
 */
export async function withTimeLimit<T>(
  { clock, ms, signal, onExpiry }: TimeLimit,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const limited = new AbortController();
  const timer = new AbortController();
  const stopForwarding = forwardAbort(signal, limited);
  clock.sleep(ms, timer.signal).then(
    () => limited.abort(onExpiry()),
    () => {},
  );
  try {
    return await run(limited.signal);
  } finally {
    timer.abort(RUN_IS_OVER);
    stopForwarding();
  }
}
