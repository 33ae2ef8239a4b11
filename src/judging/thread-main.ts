/** Runs in a worker thread: judges the keys it is handed, one after the other. */
import { importMaterial } from '../keys/crypto/import/import-material.ts';
import { rsaModuli } from '../keys/crypto/import/rsa-moduli.ts';
import { serveJobs } from '../threads/serve-jobs.ts';
import type { Judged, JudgeJob } from './judge-job.ts';

async function judge(job: JudgeJob): Promise<Judged> {
  try {
    const outcome = await importMaterial(job);
    if (outcome.kind === 'Refused') return { outcome, moduli: [] };
    const { material } = outcome;
    // In a buffer of its own, which can be moved.
    const bytes = Uint8Array.from(material.bytes);
    material.bytes.fill(0);
    const moduli = material.algorithm.includes('RSA') ? await rsaModuli({ ...material, bytes }) : [];
    return { outcome: { ...outcome, material: { ...material, bytes } }, moduli };
  } finally {
    job.bytes.fill(0);
    job.passphrase?.fill(0);
  }
}

serveJobs(judge, ({ outcome }) => (outcome.kind === 'Accepted' ? [outcome.material.bytes] : []));
