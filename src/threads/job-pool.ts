import { FairQueue } from './fair-queue.ts';
import { JobError } from './job-error.ts';
import type { JobWorker } from './job-worker.ts';

export interface JobPoolOptions<Job, Result> {
  /** How many jobs are done at once, at least 1. */
  readonly size: number;
  /** Called when a job finds no idle worker, and to replace a lost one. */
  readonly createWorker: () => JobWorker<Job, Result>;
  /** Wipes a result that nobody waits for any more. */
  readonly discard: (result: Result) => void;
}

/** One job, from its arrival until its promise has settled. */
interface Waiting<Job, Result> {
  readonly job: Job;
  readonly answer: PromiseWithResolvers<Result>;
  /** Gone away: nobody waits for the answer any more. */
  isAbandoned: boolean;
}

/**
 * Does jobs away from the event loop. Groups take turns: one with fifty jobs delays another's by at most one job for
 * each worker and group. Workers are made when first needed and kept until they are lost.
 */
export class JobPool<Job, Result> {
  readonly #options: JobPoolOptions<Job, Result>;
  readonly #waiting = new FairQueue<Waiting<Job, Result>>();
  readonly #idle: JobWorker<Job, Result>[] = [];
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  /** @throws {RangeError} unless `size` is an integer of at least 1. */
  constructor(options: JobPoolOptions<Job, Result>) {
    const { size } = options;
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`Cannot make a pool: size must be an integer >= 1, got ${size}`);
    }
    this.#options = options;
  }

  /**
   * Does one job when it is the group's turn. The caller wipes the result.
   *
   * When `signal` aborts, the promise rejects with its reason at once. A waiting job is taken out; one that is being
   * done is not stopped, so it is finished and its result discarded.
   *
   * @throws {JobError} any code.
   */
  async run(group: string, job: Job, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    if (this.#isClosed) throw new JobError('Closed');
    const waiting: Waiting<Job, Result> = { job, answer: Promise.withResolvers(), isAbandoned: false };
    const abandon = (): void => {
      waiting.isAbandoned = true;
      this.#waiting.remove(group, waiting);
      waiting.answer.reject(signal.reason);
    };
    signal.addEventListener('abort', abandon, { once: true });
    this.#waiting.push(group, waiting);
    this.#start();
    try {
      return await waiting.answer.promise;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  /** Refuses what waits and what is yet to come, lets jobs under way be finished, then ends the workers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) {
      next.answer.reject(new JobError('Closed'));
    }
    await Promise.all(this.#running);
    await Promise.all(this.#idle.splice(0).map((worker) => worker.close()));
  }

  #start(): void {
    while (this.#running.size < this.#options.size) {
      const next = this.#waiting.take();
      if (next === undefined) return;
      const running = this.#carryOut(next).finally(() => {
        this.#running.delete(running);
        this.#start();
      });
      this.#running.add(running);
    }
  }

  /** Never rejects: what goes wrong is the answer to the job. */
  async #carryOut(next: Waiting<Job, Result>): Promise<void> {
    let worker: JobWorker<Job, Result> | undefined;
    try {
      worker = this.#takeIdle() ?? this.#options.createWorker();
      const result = await worker.run(next.job);
      if (next.isAbandoned) this.#options.discard(result);
      else next.answer.resolve(result);
    } catch (error) {
      next.answer.reject(error);
    }
    // One that native code still holds keeps its place, or a second would take a processor beside it.
    if (worker?.isLost === true) await worker.close();
    else if (worker !== undefined) this.#idle.push(worker);
  }

  /** Drops the workers that were lost while idle. */
  #takeIdle(): JobWorker<Job, Result> | undefined {
    for (let worker = this.#idle.pop(); worker !== undefined; worker = this.#idle.pop()) {
      if (!worker.isLost) return worker;
    }
    return undefined;
  }
}
