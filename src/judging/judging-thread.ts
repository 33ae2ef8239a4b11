import type { Clock } from '../clock.ts';
import { JobThread, type ThreadLimits } from '../threads/job-thread.ts';
import { secretsOf, withOwnSecrets, type Judged, type JudgeJob } from './judge-job.ts';

/** A thread that judges one key at a time. */
export class JudgingThread extends JobThread<JudgeJob, Judged> {
  /** @param main Tests hand in one that goes on for ever. */
  constructor(
    { clock, ...limits }: ThreadLimits & { readonly clock: Clock },
    main: URL = new URL('thread-main.ts', import.meta.url),
  ) {
    super({ clock, main, limits, copySecrets });
  }
}

function copySecrets(job: JudgeJob): { readonly copy: JudgeJob; readonly secrets: readonly Uint8Array[] } {
  const copy = withOwnSecrets(job);
  return { copy, secrets: secretsOf(copy) };
}
