import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import { JobError, type JobErrorCode } from './job-error.ts';
import type { JobWorker } from './job-worker.ts';
import { END, STARTED, type ThreadReply } from './thread-reply.ts';

/** For a thread to end itself, in ms. What its modules left running may keep it. */
const END_MS = 2_000;

/** Without the environment of the process, which a thread that only works with keys has no use for. */
const BARE: WorkerOptions = { env: {}, execArgv: [] };

export interface ThreadLimits {
  /** How long a job may take once the thread has taken it up. */
  readonly jobMs: number;
  /** How long the thread is kept without a job. */
  readonly idleMs: number;
}

export interface JobThreadOptions<Job> {
  readonly clock: Clock;
  /** The module the thread runs, which calls `serveJobs`. Tests hand in one that dies. */
  readonly main: URL;
  /** Absent: a job may take any time, and the thread is kept. */
  readonly limits?: ThreadLimits;
  /** Copies the secrets of a job: the copies are moved into the thread, which wipes them. Absent: it has none. */
  readonly copySecrets?: (job: Job) => { readonly copy: Job; readonly secrets: readonly Uint8Array[] };
}

/** A worker in a thread of its own. While idle it does not keep the process alive. */
export class JobThread<Job, Result> implements JobWorker<Job, Result> {
  readonly #thread: Worker;
  readonly #options: JobThreadOptions<Job>;
  readonly #exited: Promise<void>;
  #pending: PromiseWithResolvers<Result> | undefined;
  /** Of the time that runs: of the job, or of being idle. */
  #timer = new AbortController();
  #isLost = false;

  constructor(options: JobThreadOptions<Job>) {
    this.#options = options;
    this.#thread = new Worker(options.main, BARE);
    this.#thread.unref();
    this.#thread.on('message', (reply: ThreadReply<Result>) => this.#onReply(reply));
    this.#thread.on('messageerror', () => void this.close());
    // 'exit' follows and says all that may be said; without a listener the process would end.
    this.#thread.on('error', () => {});
    this.#exited = new Promise((resolve) => {
      this.#thread.on('exit', () => {
        this.#lose('WorkerLost');
        resolve();
      });
    });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  async run(job: Job): Promise<Result> {
    if (this.#isLost) throw new JobError('WorkerLost');
    if (this.#pending !== undefined) throw new RangeError('A thread takes one job at a time');
    const pending = Promise.withResolvers<Result>();
    this.#pending = pending;
    this.#timer.abort();
    this.#thread.ref();
    try {
      this.#send(job);
      return await pending.promise;
    } finally {
      this.#pending = undefined;
      this.#thread.unref();
      this.#endAfter(this.#options.limits?.idleMs, 'WorkerLost');
    }
  }

  /**
   * A thread without a job ends itself: Node may crash where one is ended from outside while another begins
   * (https://github.com/nodejs/node/issues/56312).
   */
  async close(): Promise<void> {
    this.#timer.abort();
    if (this.#pending === undefined) await this.#endItself();
    await this.#thread.terminate();
  }

  async #endItself(): Promise<void> {
    const tooLong = new AbortController();
    this.#thread.ref();
    this.#thread.postMessage(END, []);
    const waited = this.#options.clock.sleep(END_MS, tooLong.signal).catch(() => {});
    await Promise.race([this.#exited, waited]);
    tooLong.abort();
  }

  #send(job: Job): void {
    const { copy, secrets } = this.#options.copySecrets?.(job) ?? { copy: job, secrets: [] };
    this.#thread.postMessage(
      copy,
      secrets.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  #onReply(reply: ThreadReply<Result>): void {
    if (reply === STARTED) this.#endAfter(this.#options.limits?.jobMs, 'TookTooLong');
    else if (reply.result === undefined) this.#pending?.reject(new JobError('Failed'));
    else this.#pending?.resolve(reply.result);
  }

  #endAfter(ms: number | undefined, code: JobErrorCode): void {
    this.#timer.abort();
    const { limits, clock } = this.#options;
    if (limits === undefined || ms === undefined || this.#isLost) return;
    this.#timer = new AbortController();
    clock.sleep(ms, this.#timer.signal).then(
      () => {
        this.#lose(code);
        void this.close();
      },
      () => {},
    );
  }

  #lose(code: JobErrorCode): void {
    this.#isLost = true;
    this.#timer.abort();
    this.#pending?.reject(new JobError(code));
  }
}
