/**
 * - success, requeue_after: the two outcomes
 * - error: it failed, for any reason
 * - cancelled: it was stopped by shutdown or loss of the lease, which is no failure
 */
export type ReconcileResult = 'success' | 'requeue_after' | 'error' | 'cancelled';

/**
 * What a controller tells metrics, with the meanings of controller-runtime's controller_runtime_* metrics. Calls
 * must be quick and must not throw.
 */
export interface ControllerObserver {
  /** A worker took a key: active_workers goes up. */
  started(): void;
  /** The same worker is free again: active_workers, reconcile_total by result, reconcile_time_seconds. */
  finished(result: ReconcileResult, durationMs: number): void;
  /** One of the errors was terminal: terminal_reconcile_errors_total. Comes before `finished`, like the rest. */
  terminal(): void;
  /** One of the errors was a fault in our own code (a TypeError, a thrown string): reconcile_panics_total. */
  panicked(): void;
  /** One of the errors was the reconcile's own timeout: reconcile_timeouts_total. */
  timedOut(): void;
}
