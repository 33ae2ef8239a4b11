import { JobThread, type ThreadLimits } from '../threads/job-thread.ts';
import type { Judged, JudgeJob } from './judge-job.ts';

/** A thread that judges one key at a time. */
export class JudgingThread extends JobThread<JudgeJob, Judged> {
  /** @param main Tests hand in one that goes on for ever. */
  constructor(limits: ThreadLimits, main: URL = new URL('thread-main.ts', import.meta.url)) {
    super({ main, limits, copySecrets });
  }
}

function copySecrets({ passphrase: given, ...job }: JudgeJob): {
  readonly copy: JudgeJob;
  readonly secrets: readonly Uint8Array[];
} {
  const bytes = Uint8Array.from(job.bytes);
  if (given === undefined) return { copy: { ...job, bytes }, secrets: [bytes] };
  const passphrase = Uint8Array.from(given);
  return { copy: { ...job, bytes, passphrase }, secrets: [bytes, passphrase] };
}
