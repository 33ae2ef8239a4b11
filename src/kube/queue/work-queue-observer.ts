/**
 * What a work queue tells metrics, with the meanings of controller-runtime's workqueue_* metrics. The
 * gauges (depth, unfinished work, longest running) are read from the queue when they are scraped.
 *
 * Calls come from inside the queue: they must be quick, must not throw and must not call back into it.
 */
export interface WorkQueueObserver {
  /** A key became ready: workqueue_adds_total. Adding a key that is ready already is not counted. */
  added(): void;
  /** A key was added with a delay, after a failure or for a later look: workqueue_retries_total. */
  retried(): void;
  /** A worker took a key that had been ready for `queuedMs`: workqueue_queue_duration_seconds. */
  taken(queuedMs: number): void;
  /** A worker gave a key back after `workedMs`: workqueue_work_duration_seconds. */
  finished(workedMs: number): void;
}
