import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import { bindFields } from './bound-logger.ts';
import type { ControllerObserver, ReconcileResult } from './controller-observer.ts';
import { errorFacts, stackFrames } from '../errors/error-facts.ts';
import { NotLeadingError } from '../errors/not-leading-error.ts';
import { ReconcileTimeoutError, withReconcileTimeout } from './reconcile-timeout.ts';
import type { WorkQueue } from './work-queue.ts';

/** What a reconcile that did not fail wants next. */
export type Outcome =
  /** Nothing, until something changes. */
  | { readonly kind: 'done' }
  /** Another look after `ms`, though nothing changes. */
  | { readonly kind: 'requeueAfter'; readonly ms: number };

/**
 * How a failed reconcile is tried again: with growing delays, at the slow pace of an object that only an edit can
 * help, or after a fixed wait.
 */
export type Retry = 'backoff' | 'terminal' | { readonly afterMs: number };

export interface ReconcileContext {
  /** Aborts at shutdown, at loss of the lease and when the reconcile has taken too long. */
  readonly signal: AbortSignal;
  /** Unique per run, in every line of `logger`. */
  readonly reconcileId: string;
  readonly logger: Logger;
}

export interface ControllerOptions {
  /** In logs, for example "api-key". */
  readonly name: string;
  readonly queue: WorkQueue;
  /** How many keys run side by side. */
  readonly workers: number;
  /** Looks at one key and brings the world towards its spec. Throws to be tried again. */
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<Outcome>;
  /** Owes an answer for any value. Should it throw, the answer is 'backoff'. */
  readonly retryOf: (error: unknown) => Retry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: ControllerObserver;
  /** Production passes randomUUID. */
  readonly newReconcileId: () => string;
  /** Limit of one reconcile; absent: none. The signal aborts then, and the worker waits for the reconcile to heed it. */
  readonly timeoutMs?: number;
}

/** A terminal error is looked at again after this time: what was wrong may lie outside the objects we watch. */
const TERMINAL_RETRY_MS = 300_000;

/** Long enough for the election to end the process first, short enough that nothing is forgotten if it does not. */
const NOT_LEADING_RETRY_MS = 1_000;

/**
 * Works the queue off until it is drained, or `signal` aborts and the reconciles under way have ended.
 *
 * - done: the key's failures are forgotten. requeueAfter: the same, and the key is added with that delay.
 * - A failure never ends a worker, whatever was thrown. It is logged by name and code, never by message, and
 *   requeued at the priority it ran with, as `retryOf` says.
 * - What `signal` or a lost lease interrupts is no failure: the key goes back into the queue as it was.
 */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { workers, queue } = options;
  if (!Number.isInteger(workers) || workers < 1) {
    throw new RangeError(`Cannot run a controller: workers must be an integer >= 1, got ${workers}`);
  }
  const work = async (): Promise<void> => {
    for (let key = await queue.next(signal); key !== undefined; key = await queue.next(signal)) {
      await reconcileOnce(key, options, signal);
      queue.done(key);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** Never rejects: whatever was thrown becomes the key's next turn. */
async function reconcileOnce(key: string, options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { clock, observer } = options;
  const reconcileId = options.newReconcileId();
  const logger = bindFields(options.logger, { controller: options.name, key, reconcileId });
  const startedMs = clock.monotonicMs();
  observer.started();
  let result: ReconcileResult;
  try {
    const outcome = await withReconcileTimeout({ clock, timeoutMs: options.timeoutMs, signal }, (runSignal) =>
      options.reconcile(key, { signal: runSignal, reconcileId, logger }),
    );
    result = applyOutcome(key, outcome, options.queue);
  } catch (error) {
    result = isCancellation(error, signal)
      ? putBack(key, options.queue, signal)
      : requeueFailed(key, error, options, logger);
  }
  observer.finished(result, clock.monotonicMs() - startedMs);
}

function applyOutcome(key: string, outcome: Outcome, queue: WorkQueue): ReconcileResult {
  switch (outcome.kind) {
    case 'done':
      queue.forget(key);
      return 'success';
    case 'requeueAfter':
      queue.add(key, { priority: queue.priorityOf(key), afterMs: outcome.ms });
      queue.forget(key);
      return 'requeue_after';
  }
}

function isCancellation(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof NotLeadingError;
}

function putBack(key: string, queue: WorkQueue, signal: AbortSignal): ReconcileResult {
  queue.add(key, { priority: queue.priorityOf(key), afterMs: signal.aborted ? 0 : NOT_LEADING_RETRY_MS });
  return 'cancelled';
}

function requeueFailed(key: string, error: unknown, options: ControllerOptions, logger: Logger): ReconcileResult {
  const { queue, observer } = options;
  const retry = classify(error, options.retryOf);
  if (error instanceof ReconcileTimeoutError) observer.timedOut();
  if (retry === 'backoff') {
    queue.addRateLimited(key);
  } else {
    queue.forget(key);
    const afterMs = retry === 'terminal' ? TERMINAL_RETRY_MS : retry.afterMs;
    queue.add(key, { priority: queue.priorityOf(key), afterMs });
    if (retry === 'terminal') observer.terminal();
  }
  const facts = { ...errorFacts(error), retry, failures: queue.failures(key) };
  if (isPanic(error)) {
    observer.panicked();
    logger.error({ ...facts, stack: stackFrames(error) }, 'Reconcile failed by a fault of the program');
  } else {
    logger.warn(facts, 'Reconcile failed');
  }
  return 'error';
}

function classify(error: unknown, retryOf: ControllerOptions['retryOf']): Retry {
  if (error instanceof ReconcileTimeoutError) return 'backoff';
  try {
    const retry = retryOf(error);
    return typeof retry === 'object' && !Number.isFinite(retry.afterMs) ? 'backoff' : retry;
  } catch {
    // Anything can be thrown, null included, and a worker must outlive what retryOf did not foresee.
    return 'backoff';
  }
}

/** The errors JavaScript itself throws: nobody of ours raises those on purpose, nor values that are no errors. */
const PANICS = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError] as const;

function isPanic(error: unknown): boolean {
  return !(error instanceof Error) || PANICS.some((type) => error instanceof type);
}
