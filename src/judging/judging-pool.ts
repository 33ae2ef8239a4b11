import type { Clock } from '../clock.ts';
import { JobError } from '../threads/job-error.ts';
import { JobPool } from '../threads/job-pool.ts';
import type { JobWorker } from '../threads/job-worker.ts';
import type { Judged, JudgeJob } from './judge-job.ts';
import { JudgingThread } from './judging-thread.ts';

/** A key that may be taken is judged in well under a second; most of the rest is for a slow machine. */
const JOB_MS = 5_000;
/** A thread costs some 40 MiB, and imports come in bursts. */
const IDLE_MS = 60_000;

export interface JudgingPoolOptions {
  readonly clock: Clock;
  /** Tests hand in one that goes on for ever. */
  readonly createWorker?: () => JobWorker<JudgeJob, Judged>;
}

/**
 * Judges keys that others made, one at a time and away from the event loop: whoever hands one in decides how much
 * work it is. Projects take turns.
 */
export class JudgingPool {
  readonly #pool: JobPool<JudgeJob, Judged>;

  constructor({ clock, createWorker }: JudgingPoolOptions) {
    this.#pool = new JobPool({
      size: 1,
      createWorker: createWorker ?? (() => new JudgingThread({ clock, jobMs: JOB_MS, idleMs: IDLE_MS })),
      discard,
    });
  }

  /**
   * Judges one key when it is the project's turn; one that takes too long is refused. The caller wipes what it handed
   * in and the material of an accepted one.
   *
   * @throws {JobError} Failed, WorkerLost or Closed, which say nothing about the key.
   * @throws the signal's reason as soon as it aborts.
   */
  async judge(project: string, job: JudgeJob, signal: AbortSignal): Promise<Judged> {
    try {
      return await this.#pool.run(project, job, signal);
    } catch (error) {
      if (error instanceof JobError && error.code === 'TookTooLong') return TOOK_TOO_LONG;
      throw error;
    }
  }

  /** Refuses what waits and what is yet to come, lets the key under way be judged, then ends the thread. */
  async close(): Promise<void> {
    await this.#pool.close();
  }
}

const TOOK_TOO_LONG: Judged = {
  outcome: {
    kind: 'Refused',
    reason: 'MalformedKey',
    message:
      'The key takes too long to open; protect it with fewer iterations or less memory, or give it without the subkeys that are not needed',
  },
  moduli: [],
};

function discard({ outcome }: Judged): void {
  if (outcome.kind === 'Accepted') outcome.material.bytes.fill(0);
}
