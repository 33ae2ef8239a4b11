import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JudgingPool } from '../../../src/judging/judging-pool.ts';
import { JudgingThread } from '../../../src/judging/judging-thread.ts';
import type { JudgeJob } from '../../../src/judging/judge-job.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { JobError } from '../../../src/threads/job-error.ts';
import { STARTED } from '../../../src/threads/thread-reply.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { privateSample } from '../../support/key-samples.ts';

const never = new AbortController().signal;
const JOB_MS = 5_000;
const IDLE_MS = 60_000;

function jobFor(bytes: Uint8Array): JudgeJob {
  return { type: 'PrivateKey', bytes, now: new Date('2026-11-23T00:00:00Z'), passphrase: Buffer.from('open sesame') };
}

/** Takes up every job and never comes to an end. */
function endlessThread(clock: FakeClock): JudgingThread {
  const program = `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', () => { parentPort.postMessage('${STARTED}'); for (;;); });`;
  const main = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  return new JudgingThread({ clock, jobMs: JOB_MS, idleMs: IDLE_MS }, main);
}

function thread(clock = new FakeClock()): JudgingThread {
  return new JudgingThread({ clock, jobMs: JOB_MS, idleMs: IDLE_MS });
}

const key = privateSample('EC-P256').bytes;

describe('JudgingPool', () => {
  it('judges as importMaterial does, and leaves the bytes to whoever handed them in', async () => {
    const pool = new JudgingPool({ clock: systemClock });
    const job = jobFor(Uint8Array.from(key));
    const { outcome } = await pool.judge('payments', job, never);
    expect(outcome).toMatchObject({ kind: 'Accepted', material: { algorithm: 'EC-P256' } });
    expect(outcome.kind === 'Accepted' && Buffer.from(outcome.material.bytes).equals(key)).toBe(true);
    expect(job.bytes).toEqual(Uint8Array.from(key));
    expect(Buffer.from(job.passphrase ?? []).toString()).toBe('open sesame');
    await pool.close();
  });

  it('tells the modulus of an RSA key alone', async () => {
    const pool = new JudgingPool({ clock: systemClock });
    const judged = await pool.judge('payments', jobFor(privateSample('RSA-2048').bytes), never);
    expect(judged.moduli.map((modulus) => modulus.toString(2).length)).toEqual([2048]);
    expect((await pool.judge('payments', jobFor(key), never)).moduli).toEqual([]);
    await pool.close();
  });

  it('refuses a key that takes longer than 5 s, and judges the next one in another thread', async () => {
    const clock = new FakeClock();
    const threads = [endlessThread(clock)];
    const pool = new JudgingPool({
      clock,
      createWorker: () => threads.pop() ?? thread(clock),
    });
    const [costly, next] = [
      pool.judge('hostile', jobFor(key), never),
      pool.judge('payments', jobFor(Uint8Array.from(key)), never),
    ];
    await eventually(() => expect(clock.nextWakeMs).toBe(JOB_MS));
    await clock.advance(JOB_MS);
    expect((await costly).outcome).toMatchObject({
      kind: 'Refused',
      reason: 'MalformedKey',
      message: expect.stringContaining('too long') as string,
    });
    expect((await next).outcome.kind).toBe('Accepted');
    await pool.close();
    expect(clock.sleeping).toBe(0);
  });

  it('leaves the event loop to others while a thread never comes to an end', async () => {
    const clock = new FakeClock();
    const pool = new JudgingPool({ clock, createWorker: () => endlessThread(clock) });
    const costly = pool.judge('hostile', jobFor(key), never);
    await eventually(() => expect(clock.nextWakeMs).toBe(JOB_MS));
    const before = performance.eventLoopUtilization();
    let turns = 0;
    await eventually(() => expect((turns += 1)).toBeGreaterThan(5));
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
    await clock.advance(JOB_MS);
    await costly;
    await pool.close();
  });
});

describe('JudgingThread', () => {
  it('ends itself when it is closed without a job, as Node may crash where a thread is ended from outside', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keywright-thread-'));
    const told = join(folder, 'exit');
    const served = new URL('../../../src/judging/thread-main.ts', import.meta.url);
    const program = `import { writeFileSync } from 'node:fs';
      process.on('exit', (code) => writeFileSync(${JSON.stringify(told)}, String(code)));
      await import(${JSON.stringify(served.href)});`;
    const main = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
    const idle = new JudgingThread({ clock: systemClock, jobMs: JOB_MS, idleMs: IDLE_MS }, main);
    await idle.run(jobFor(Uint8Array.from(key)));
    await idle.close();
    expect(await readFile(told, 'utf8')).toBe('0');
    expect(idle.isLost).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('ends after a minute without a key', async () => {
    const clock = new FakeClock();
    const idle = thread(clock);
    await idle.run(jobFor(Uint8Array.from(key)));
    await clock.advance(IDLE_MS - 1);
    expect(idle.isLost).toBe(false);
    await clock.advance(1);
    expect(idle.isLost).toBe(true);
    await expect(idle.run(jobFor(key))).rejects.toThrow(new JobError('WorkerLost'));
  });
});
