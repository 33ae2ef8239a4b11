import type { Clock } from '../../clock.ts';
import { withTimeLimit } from '../transport/time-limit.ts';

/** A reconcile took longer than it may. It is counted and tried again like any other failure. */
export class ReconcileTimeoutError extends Error {
  override readonly name = 'ReconcileTimeoutError';
  readonly code = 'RECONCILE_TIMEOUT';

  constructor(timeoutMs: number) {
    super(`The reconcile did not end within ${timeoutMs} ms`);
  }
}

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
  const onExpiry = (): Error => new ReconcileTimeoutError(timeoutMs);
  return await withTimeLimit({ clock, ms: timeoutMs, signal, onExpiry }, run);
}
