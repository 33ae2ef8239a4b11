import type { Clock } from '../../src/clock.ts';
import { JudgingDesk } from '../../src/controllers/shared/judging-desk.ts';
import type { JudgeJob, Judged } from '../../src/judging/judge-job.ts';
import type { JudgingPool } from '../../src/judging/judging-pool.ts';
import { importMaterial } from '../../src/keys/crypto/import/import-material.ts';
import { rsaModuli } from '../../src/keys/crypto/import/rsa-moduli.ts';

/** Judges in the thread that asks, and counts. */
export class JudgingHere implements Pick<JudgingPool, 'judge'> {
  judged = 0;

  async judge(_project: string, job: JudgeJob): Promise<Judged> {
    this.judged += 1;
    const outcome = await importMaterial(job);
    return { outcome, moduli: outcome.kind === 'Accepted' ? await rsaModuli(outcome.material) : [] };
  }
}

/** Nobody is woken there: judging ends before its caller's patience does. */
export function judgingDesk(pool: Pick<JudgingPool, 'judge'>, clock: Clock): JudgingDesk {
  return new JudgingDesk({ pool, clock, seats: 4, onReady: () => undefined, signal: new AbortController().signal });
}
