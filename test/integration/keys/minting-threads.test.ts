import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../src/keys/crypto/algorithm.ts';
import type { MintOrder } from '../../../src/keys/crypto/mint-order.ts';
import { publicFacts } from '../../../src/keys/crypto/public-facts.ts';
import { JobError } from '../../../src/threads/job-error.ts';
import { MintingPool } from '../../../src/minting/minting-pool.ts';
import { MintingThread } from '../../../src/minting/minting-thread.ts';
import { systemClock } from '../../../src/system-clock.ts';

const never = new AbortController().signal;
const TICK_MS = 10;

function orderFor(algorithm: Algorithm): MintOrder {
  const order = { algorithm, createdAt: new Date('2026-11-23T00:00:00Z') };
  return algorithm.startsWith('OpenPGP') ? { ...order, openpgp: { userIds: ['Payments'] } } : order;
}

function poolOf(size: number): MintingPool {
  return new MintingPool({ size, createWorker: () => new MintingThread(systemClock) });
}

/** A thread that runs this program instead of ours. */
function threadRunning(program: string): MintingThread {
  return new MintingThread(systemClock, new URL(`data:text/javascript,${encodeURIComponent(program)}`));
}

const ON_MESSAGE = "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => ";

describe('MintingPool with threads', () => {
  it('mints every slow algorithm', async () => {
    const pool = poolOf(1);
    for (const algorithm of ['RSA-2048', 'RSA-3072', 'RSA-4096', 'OpenPGP-RSA-3072', 'OpenPGP-RSA-4096'] as const) {
      const { material, revocation } = await pool.mint('payments', orderFor(algorithm), never);
      expect(await publicFacts(material)).toMatchObject({ algorithm, bits: Number(algorithm.slice(-4)) });
      expect(revocation !== undefined).toBe(algorithm.startsWith('OpenPGP'));
    }
    await pool.close();
  });

  it('leaves the event loop free while RSA-4096 keys are made', async () => {
    const pool = poolOf(1);
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, TICK_MS);
    const startMs = performance.now();
    const before = performance.eventLoopUtilization();
    await Promise.all(Array.from({ length: 2 }, () => pool.mint('payments', orderFor('RSA-4096'), never)));
    const { utilization } = performance.eventLoopUtilization(before);
    clearInterval(ticking);
    await pool.close();
    // Generation in this thread would use nearly all of it, and no tick would come before the end.
    expect(utilization).toBeLessThan(0.3);
    expect(ticks).toBeGreaterThan((performance.now() - startMs) / TICK_MS / 4);
  });

  // The threads of libuv are those on which the whole process reads files and looks up names.
  it.each(['RSA-3072', 'OpenPGP-RSA-3072'] as const)(
    'makes %s in its own thread, not in those of libuv',
    async (algorithm) => {
      const thread = new Worker(new URL('../../../src/minting/thread-main.ts', import.meta.url));
      const make = async (algorithm: Algorithm): Promise<unknown> => {
        const reply = once(thread, 'message');
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
        thread.postMessage(orderFor(algorithm));
        return await reply;
      };
      await make('OpenPGP-ECC');
      const before = thread.performance.eventLoopUtilization();
      await make(algorithm);
      // What waits for another thread leaves its own idle.
      expect(thread.performance.eventLoopUtilization(before).utilization).toBeGreaterThan(0.7);
      await thread.terminate();
    },
  );

  it('serves another project before the rest of fifty orders of one', async () => {
    const pool = poolOf(1);
    const busy = new AbortController();
    let served = 0;
    const orders = Array.from({ length: 50 }, () =>
      pool.mint('busy', orderFor('RSA-4096'), busy.signal).then(
        () => (served += 1),
        () => 'aborted',
      ),
    );
    await pool.mint('quiet', orderFor('RSA-2048'), never);
    expect(served).toBeLessThanOrEqual(2);
    busy.abort();
    expect((await Promise.all(orders)).filter((answer) => answer === 'aborted').length).toBeGreaterThan(40);
    await pool.close();
  });

  it('finishes the key under way when it is closed', async () => {
    const pool = poolOf(1);
    const minting = pool.mint('payments', orderFor('RSA-3072'), never);
    await pool.close();
    expect((await minting).material.bytes.length).toBeGreaterThan(1_700);
  });
});

describe('MintingThread', () => {
  it.each([
    { name: 'throws at an order', program: `${ON_MESSAGE}{ throw new Error('canary'); });` },
    { name: 'exits at an order', program: `${ON_MESSAGE}process.exit(0));` },
    { name: 'dies while it starts', program: "throw new Error('canary');" },
    { name: 'cannot be read', program: 'no program' },
  ])('that $name is lost, without a word of why', async ({ program }) => {
    const thread = threadRunning(program);
    await expect(thread.run(orderFor('RSA-2048'))).rejects.toThrow(new JobError('WorkerLost'));
    expect(thread.isLost).toBe(true);
    await expect(thread.run(orderFor('RSA-2048'))).rejects.toThrow(new JobError('WorkerLost'));
  });

  it('rejects its order when it is closed', async () => {
    const thread = new MintingThread(systemClock);
    const minting = thread.run(orderFor('RSA-4096'));
    const closing = thread.close();
    await expect(minting).rejects.toThrow(new JobError('WorkerLost'));
    await closing;
    expect(thread.isLost).toBe(true);
  });

  it('refuses a second order while one is under way', async () => {
    const thread = new MintingThread(systemClock);
    const first = thread.run(orderFor('AES-256'));
    await expect(thread.run(orderFor('AES-256'))).rejects.toThrow(RangeError);
    expect((await first).material.bytes).toHaveLength(32);
    await thread.close();
  });

  it('says only that it failed when it cannot carry out an order', async () => {
    const thread = new MintingThread(systemClock);
    await expect(thread.run(orderFor('DES'))).rejects.toThrow(new JobError('Failed'));
    expect(thread.isLost).toBe(false);
    await thread.close();
  });

  it('is replaced by the pool after it died', async () => {
    const threads = [threadRunning(`${ON_MESSAGE}{ throw new Error('canary'); });`)];
    const pool = new MintingPool({ size: 1, createWorker: () => threads.pop() ?? new MintingThread(systemClock) });
    await expect(pool.mint('a', orderFor('RSA-2048'), never)).rejects.toThrow(new JobError('WorkerLost'));
    expect((await pool.mint('a', orderFor('RSA-2048'), never)).material.form).toBe('Pkcs8');
    await pool.close();
  });
});
