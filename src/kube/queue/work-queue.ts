import type { Clock } from '../../clock.ts';
import { Alarm } from './alarm.ts';
import { IndexedHeap } from './indexed-heap.ts';
import { RetryLimiter, type RetryLimiterOptions } from './retry-limiter.ts';
import type { WorkQueueObserver } from './work-queue-observer.ts';

export interface WorkQueueOptions extends RetryLimiterOptions {
  readonly clock: Clock;
  readonly observer?: WorkQueueObserver;
}

export interface AddOptions {
  /** Higher goes first. @default {0} */
  readonly priority?: number;
  /** Milliseconds until the key becomes ready; 0 or less: at once. @default {0} */
  readonly afterMs?: number;
}

/** The wish to see one key, not yet handed to a worker. */
interface Entry {
  readonly key: string;
  priority: number;
  /** Place among the ready entries of the same priority. */
  turn: number;
  /** Monotonic. In the future: the entry waits; otherwise it is ready since then. */
  readyAtMs: number;
}

interface Run {
  readonly priority: number;
  readonly startedMs: number;
}

/**
 * The keys a controller has to look at. Semantics of controller-runtime's priority queue:
 *
 * - Stingy: a key is there once, however often it is added; of several adds the highest priority and the
 *   earliest time hold. So an ordinary add of a key in back-off makes it ready at once.
 * - Exclusive: a key that a worker holds is not handed out again before `done`. Any number of adds
 *   meanwhile give exactly one more run.
 * - Fair: among ready keys the higher priority goes first, and within a priority the one that became ready
 *   first. A key whose priority is raised goes to the end of its new priority.
 * - Drained: after `shutDown` nothing is taken in, what waits for a later time is dropped, and what is ready
 *   is still handed out.
 *
 * Every operation takes O(log n).
 *
 * @example
 * ```ts
 * for (let key = await queue.next(signal); key !== undefined; key = await queue.next(signal)) {
 *   await look(key).finally(() => queue.done(key));
 * }
 * ```
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #observer: WorkQueueObserver | undefined;
  readonly #limiter: RetryLimiter;
  readonly #entries = new Map<string, Entry>();
  /** Entries a worker may take now. A ready entry whose key is running is in neither heap until `done`. */
  readonly #ready = new IndexedHeap<Entry>(
    (a, b) => a.priority > b.priority || (a.priority === b.priority && a.turn < b.turn),
  );
  readonly #waiting = new IndexedHeap<Entry>(
    (a, b) => a.readyAtMs < b.readyAtMs || (a.readyAtMs === b.readyAtMs && a.turn < b.turn),
  );
  readonly #running = new Map<string, Run>();
  readonly #idleWorkers = new Set<(key: string | undefined) => void>();
  readonly #alarm: Alarm;
  #turns = 0;
  #shuttingDown = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#observer = options.observer;
    this.#limiter = new RetryLimiter(options);
    this.#alarm = new Alarm(options.clock, () => this.#dispatch());
  }

  /**
   * Asks for a run of `key`.
   * @throws {RangeError} if `afterMs` or `priority` is not a finite number.
   */
  add(key: string, { priority = 0, afterMs = 0 }: AddOptions = {}): void {
    if (!Number.isFinite(afterMs) || !Number.isFinite(priority)) {
      throw new RangeError(
        `Cannot add a key to the queue: want finite numbers, got ${afterMs} ms, priority ${priority}`,
      );
    }
    if (this.#shuttingDown) return;
    if (afterMs > 0) this.#observer?.retried();
    const nowMs = this.#clock.monotonicMs();
    const readyAtMs = nowMs + Math.max(0, afterMs);
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#insert({ key, priority, turn: this.#nextTurn(), readyAtMs }, nowMs);
    } else {
      this.#merge(entry, priority, readyAtMs, nowMs);
    }
    this.#dispatch();
  }

  /**
   * Asks for another run after a failure: at the priority of the run under way, after the longer of the
   * key's own back-off and its turn in the bucket that all retries share.
   */
  addRateLimited(key: string): void {
    if (this.#shuttingDown) return;
    const afterMs = this.#limiter.next(key, this.#clock.monotonicMs());
    this.add(key, { priority: this.priorityOf(key), afterMs });
  }

  /** Ends the back-off of `key`: its next failure counts as the first. Does not take it from the queue. */
  forget(key: string): void {
    this.#limiter.forget(key);
  }

  /** Calls of `addRateLimited` for `key` since it was last forgotten. */
  failures(key: string): number {
    return this.#limiter.failures(key);
  }

  /** The priority a running key was handed out with; 0 for any other key. */
  priorityOf(key: string): number {
    return this.#running.get(key)?.priority ?? 0;
  }

  /**
   * Waits for a key and hands it to the caller, who owes a `done`.
   * @returns undefined once `signal` is aborted, or the queue is shut down and nothing ready is left.
   */
  next(signal?: AbortSignal): Promise<string | undefined> {
    if (signal?.aborted === true) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const onAbort = (): void => worker(undefined);
    const worker = (key: string | undefined): void => {
      this.#idleWorkers.delete(worker);
      signal?.removeEventListener('abort', onAbort);
      resolve(key);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#idleWorkers.add(worker);
    this.#dispatch();
    return promise;
  }

  /** Gives a key back; a run asked for meanwhile becomes possible. Ignored for a key that is not running. */
  done(key: string): void {
    const run = this.#running.get(key);
    if (run === undefined) return;
    this.#running.delete(key);
    this.#observer?.finished(this.#clock.monotonicMs() - run.startedMs);
    const entry = this.#entries.get(key);
    if (entry !== undefined && !this.#waiting.has(entry)) this.#ready.push(entry);
    this.#dispatch();
  }

  /** Takes in nothing more and drops what waits for a later time. */
  shutDown(): void {
    this.#shuttingDown = true;
    for (let entry = this.#waiting.pop(); entry !== undefined; entry = this.#waiting.pop()) {
      this.#entries.delete(entry.key);
    }
    this.#dispatch();
  }

  /** Keys that are ready, those held back by a run of the same key included; not those that wait for a later time. */
  get depth(): number {
    return this.#entries.size - this.#waiting.size;
  }

  /** The priority of the key that is handed out next; undefined when none is ready. */
  get nextPriority(): number | undefined {
    return this.#ready.peek()?.priority;
  }

  /** Sum of the times that the runs under way have taken so far: workqueue_unfinished_work_seconds. */
  get unfinishedWorkMs(): number {
    const nowMs = this.#clock.monotonicMs();
    let sumMs = 0;
    for (const { startedMs } of this.#running.values()) sumMs += nowMs - startedMs;
    return sumMs;
  }

  /** Time the oldest run under way has taken: workqueue_longest_running_processor_seconds. */
  get longestRunningMs(): number {
    // Runs are kept in the order they started.
    const oldest = this.#running.values().next().value;
    return oldest === undefined ? 0 : this.#clock.monotonicMs() - oldest.startedMs;
  }

  #insert(entry: Entry, nowMs: number): void {
    this.#entries.set(entry.key, entry);
    if (entry.readyAtMs > nowMs) this.#waiting.push(entry);
    else this.#becomeReady(entry);
  }

  /** Highest priority, earliest time. */
  #merge(entry: Entry, priority: number, readyAtMs: number, nowMs: number): void {
    const raised = priority > entry.priority;
    const earlier = readyAtMs < entry.readyAtMs;
    if (!raised && !earlier) return;
    const wasWaiting = this.#waiting.delete(entry);
    const wasReady = this.#ready.delete(entry);
    entry.priority = Math.max(priority, entry.priority);
    if (raised) entry.turn = this.#nextTurn();
    if (wasWaiting) {
      entry.readyAtMs = Math.min(readyAtMs, entry.readyAtMs);
      this.#insert(entry, nowMs);
    } else if (wasReady) {
      this.#ready.push(entry);
    }
  }

  #becomeReady(entry: Entry): void {
    entry.turn = this.#nextTurn();
    this.#observer?.added();
    if (!this.#running.has(entry.key)) this.#ready.push(entry);
  }

  /** Makes ready what is due, hands ready keys to idle workers in order, and sets the alarm for the next one due. */
  #dispatch(): void {
    this.#wakeDue();
    for (const worker of this.#idleWorkers) {
      const entry = this.#ready.pop();
      if (entry !== undefined) this.#handOut(entry, worker);
      else if (this.#shuttingDown && this.#entries.size === 0) worker(undefined);
      else break;
    }
    this.#alarm.set(this.#waiting.peek()?.readyAtMs);
  }

  #wakeDue(): void {
    const nowMs = this.#clock.monotonicMs();
    const nextDue = (): Entry | undefined => {
      const entry = this.#waiting.peek();
      return entry !== undefined && entry.readyAtMs <= nowMs ? entry : undefined;
    };
    for (let entry = nextDue(); entry !== undefined; entry = nextDue()) {
      this.#waiting.delete(entry);
      this.#becomeReady(entry);
    }
  }

  #handOut(entry: Entry, worker: (key: string) => void): void {
    const nowMs = this.#clock.monotonicMs();
    this.#entries.delete(entry.key);
    this.#running.set(entry.key, { priority: entry.priority, startedMs: nowMs });
    this.#observer?.taken(nowMs - entry.readyAtMs);
    worker(entry.key);
  }

  #nextTurn(): number {
    return this.#turns++;
  }
}
