import { describe, expect, it } from 'vitest';
import type { Minted, MintOrder } from '../../../src/keys/crypto/mint-order.ts';
import { JobError } from '../../../src/threads/job-error.ts';
import { MintingPool } from '../../../src/minting/minting-pool.ts';
import { ScriptedWorker } from './scripted-worker.ts';

const order: MintOrder = { algorithm: 'RSA-4096', createdAt: new Date('2026-11-23T00:00:00Z') };
const never = new AbortController().signal;

function poolOf(size: number): { pool: MintingPool; workers: ScriptedWorker[] } {
  const workers: ScriptedWorker[] = [];
  const createWorker = (): ScriptedWorker => {
    const worker = new ScriptedWorker();
    workers.push(worker);
    return worker;
  };
  return { pool: new MintingPool({ size, createWorker }), workers };
}

/** Orders one key and notes in `served` when it is there. */
function orderInto(served: string[], pool: MintingPool, project: string): Promise<number> {
  return pool.mint(project, order, never).then(() => served.push(project));
}

async function finish(worker: ScriptedWorker | undefined, { orders }: { readonly orders: number }): Promise<void> {
  for (let finished = 0; finished < orders; finished += 1) await worker?.finish();
}

function codeOf(promise: Promise<Minted>): Promise<unknown> {
  return promise.then(
    () => 'minted',
    (error: unknown) => (error instanceof JobError ? error.code : error),
  );
}

describe('MintingPool', () => {
  it('makes as many workers as it has orders, and no more than its size', () => {
    const { pool, workers } = poolOf(2);
    expect(workers).toHaveLength(0);
    void pool.mint('a', order, never);
    expect(workers).toHaveLength(1);
    for (let more = 0; more < 5; more += 1) void pool.mint('a', order, never);
    expect(workers).toHaveLength(2);
  });

  it('serves a project with one order before the second of fifty of another', async () => {
    const { pool, workers } = poolOf(1);
    const served: string[] = [];
    const orders = Array.from({ length: 50 }, () => orderInto(served, pool, 'busy'));
    orders.push(orderInto(served, pool, 'quiet'));
    await finish(workers[0], { orders: 51 });
    await Promise.all(orders);
    expect(served.indexOf('quiet')).toBe(2);
    expect(served).toHaveLength(51);
    expect(workers).toHaveLength(1);
  });

  it('takes out a waiting order when its signal aborts', async () => {
    const { pool, workers } = poolOf(1);
    const stop = new AbortController();
    const first = pool.mint('a', order, never);
    const second = codeOf(pool.mint('a', order, stop.signal));
    stop.abort('gone');
    expect(await second).toBe('gone');
    await workers[0]?.finish();
    await first;
    expect(workers[0]?.order).toBeUndefined();
  });

  it('wipes the key of an order whose signal aborted while it was made', async () => {
    const { pool, workers } = poolOf(1);
    const stop = new AbortController();
    const minting = codeOf(pool.mint('a', order, stop.signal));
    stop.abort('gone');
    expect(await minting).toBe('gone');
    expect(await workers[0]?.finish()).toEqual(new Uint8Array(3));
  });

  it('starts nothing for a signal that has aborted', async () => {
    const { pool, workers } = poolOf(1);
    expect(await codeOf(pool.mint('a', order, AbortSignal.abort('gone')))).toBe('gone');
    expect(workers).toHaveLength(0);
  });

  it('keeps a worker that failed, and goes on', async () => {
    const { pool, workers } = poolOf(1);
    const [first, second] = [codeOf(pool.mint('a', order, never)), codeOf(pool.mint('a', order, never))];
    await workers[0]?.fail();
    expect(await first).toBe('Failed');
    await workers[0]?.finish();
    expect(await second).toBe('minted');
    expect(workers).toHaveLength(1);
  });

  it('rejects the order of a worker that dies, and replaces the worker', async () => {
    const { pool, workers } = poolOf(1);
    const [first, second] = [codeOf(pool.mint('a', order, never)), codeOf(pool.mint('a', order, never))];
    await workers[0]?.die();
    expect(await first).toBe('WorkerLost');
    expect(workers).toHaveLength(2);
    await workers[1]?.finish();
    expect(await second).toBe('minted');
  });

  it('replaces a worker that died while it was idle', async () => {
    const { pool, workers } = poolOf(1);
    const first = pool.mint('a', order, never);
    await workers[0]?.finish();
    await first;
    await workers[0]?.die();
    const second = codeOf(pool.mint('a', order, never));
    await workers[1]?.finish();
    expect(await second).toBe('minted');
  });

  it('rejects an order when no worker can be made, and goes on', async () => {
    const worker = new ScriptedWorker();
    const made: (() => ScriptedWorker)[] = [
      () => {
        throw new RangeError('no threads');
      },
      () => worker,
    ];
    const createWorker = (): ScriptedWorker => (made.shift() ?? (() => worker))();
    const pool = new MintingPool({ size: 1, createWorker });
    await expect(pool.mint('a', order, never)).rejects.toThrow(RangeError);
    const second = codeOf(pool.mint('a', order, never));
    await worker.finish();
    expect(await second).toBe('minted');
  });

  it('lets keys under way be finished when it is closed, and refuses all others', async () => {
    const { pool, workers } = poolOf(1);
    const [running, waiting] = [codeOf(pool.mint('a', order, never)), codeOf(pool.mint('b', order, never))];
    const closing = pool.close();
    expect(await waiting).toBe('Closed');
    expect(await codeOf(pool.mint('c', order, never))).toBe('Closed');
    expect(workers[0]?.isClosed).toBe(false);
    await workers[0]?.finish();
    expect(await running).toBe('minted');
    await closing;
    expect(workers[0]?.isClosed).toBe(true);
    await expect(pool.close()).resolves.toBeUndefined();
  });

  it('refuses an order that no worker could carry out, at once', async () => {
    const { pool, workers } = poolOf(1);
    await expect(pool.mint('a', { ...order, algorithm: 'DES' }, never)).rejects.toThrow(RangeError);
    expect(workers).toHaveLength(0);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a size of %d', (size) => {
    expect(() => poolOf(size)).toThrow(RangeError);
  });
});
