import type { Clock } from '../../clock.ts';

/** A reconcile took longer than it may. It is counted and tried again like any other failure. */
export class ReconcileTimeoutError extends Error {
  override readonly name = 'ReconcileTimeoutError';
  readonly code = 'RECONCILE_TIMEOUT';

  constructor(timeoutMs: number) {
    super(`The reconcile did not end within ${timeoutMs} ms`);
  }
}

/** Ends the timer of a run that is over; nobody sees it. One for all, as making an error costs a stack trace. */
const RUN_IS_OVER = new Error('The run is over');

export interface TimeoutOptions {
  readonly clock: Clock;
  /** Absent: no limit. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Runs `run` under a signal that aborts when `signal` does, with its reason, or after `timeoutMs`, with
 * ReconcileTimeoutError. Settles when `run` does, however long that takes after the abort: only then can the same
 * key run again without two runs at once.
 */
export async function withReconcileTimeout<T>(
  { clock, timeoutMs, signal }: TimeoutOptions,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return await run(signal);
  const deadline = new AbortController();
  const timer = new AbortController();
  const onAbort = (): void => deadline.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  clock.sleep(timeoutMs, timer.signal).then(
    () => deadline.abort(new ReconcileTimeoutError(timeoutMs)),
    () => {},
  );
  try {
    return await run(deadline.signal);
  } finally {
    timer.abort(RUN_IS_OVER);
    signal.removeEventListener('abort', onAbort);
  }
}
