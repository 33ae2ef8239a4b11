// The desk goes on in microtasks; a macrotask comes after all of them.
import { setImmediate as settled } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CryptoOrder, MintOrder } from '../../../../src/controllers/planning/record-change.ts';
import {
  MintingDesk,
  type MadeKeys,
  type MintingDeskOptions,
} from '../../../../src/controllers/shared/minting-desk.ts';
import type { Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import type { Minted } from '../../../../src/keys/crypto/mint-order.ts';
import { JobError } from '../../../../src/threads/job-error.ts';
import type { KeyIdentity } from '../../../../src/sealing/ledger.ts';
import { NOW } from '../../../support/facts.ts';

const signing: KeyIdentity = { project: 'payments', kind: 'CryptoKey', namespace: 'payments-config', name: 'signing' };
const OWNER = 'CryptoKey/payments-config/signing';

/** One order at the pool, which a test carries out. */
interface PoolOrder extends Pick<PromiseWithResolvers<Minted>, 'resolve' | 'reject'> {
  readonly project: string;
  readonly algorithm: Algorithm;
}

let ordered: PoolOrder[];
let ready: string[];
let leading: AbortController;
let desk: MintingDesk;

/** As MintingPool promises: what is aborted rejects at once. */
const mint: MintingDeskOptions['pool']['mint'] = (project, { algorithm }, signal) => {
  const { promise, resolve, reject } = Promise.withResolvers<Minted>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  ordered.push({ project, algorithm, resolve, reject });
  return promise;
};

beforeEach(() => {
  [ordered, ready] = [[], []];
  leading = new AbortController();
  desk = new MintingDesk({
    pool: { mint },
    now: () => NOW,
    onReady: (owner) => ready.push(owner),
    signal: leading.signal,
  });
});

function order(environment: string, changes: Partial<CryptoOrder> = {}): MintOrder {
  const material: CryptoOrder = { kind: 'Crypto', algorithm: 'RSA-3072', isShared: false, ...changes };
  return { environment, version: 1, cause: 'FirstIssue', material };
}

function made(bytes: Uint8Array): Minted {
  return { material: { algorithm: 'RSA-3072', form: 'Pkcs8', bytes } };
}

/** Carries out one order of those the pool got. @returns The bytes that the desk has now. */
async function finish(index: number): Promise<Uint8Array> {
  const bytes = Uint8Array.of(1, 2, 3);
  ordered[index]?.resolve(made(bytes));
  await settled();
  return bytes;
}

const bytesOf = (keys: MadeKeys | undefined): readonly (readonly [string, Uint8Array])[] =>
  [...(keys ?? [])].map(([environment, { material }]) => [environment, material.bytes]);

const WIPED = Uint8Array.of(0, 0, 0);

describe('MintingDesk', () => {
  test('has a key made once for many asks, wakes its owner and hands it over once', async () => {
    const orders = [order('staging'), order('production')];
    for (let asks = 0; asks < 3; asks += 1) expect(desk.take(signing, orders)).toBeUndefined();
    expect(ordered.map(({ project, algorithm }) => [project, algorithm])).toEqual([
      ['payments', 'RSA-3072'],
      ['payments', 'RSA-3072'],
    ]);
    const staging = await finish(0);
    expect(ready).toEqual([]);
    const production = await finish(1);
    expect(ready).toEqual([OWNER]);
    expect(bytesOf(desk.take(signing, orders))).toEqual([
      ['staging', staging],
      ['production', production],
    ]);
    expect(staging).not.toEqual(WIPED);

    expect(desk.take(signing, orders)).toBeUndefined();
    expect(ordered).toHaveLength(4);
  });

  test('has one key made for all environments that share it', async () => {
    const orders = [order('staging', { isShared: true }), order('production', { isShared: true })];
    desk.take(signing, orders);
    const shared = await finish(0);
    expect(ordered).toHaveLength(1);
    expect(bytesOf(desk.take(signing, orders))).toEqual([['staging', shared]]);
  });

  test('begins anew for another order, and wipes what was made for the one before', async () => {
    desk.take(signing, [order('staging')]);
    const outdated = await finish(0);
    expect(desk.take(signing, [order('staging', { algorithm: 'RSA-4096' })])).toBeUndefined();
    expect(outdated).toEqual(WIPED);
    expect(ordered.map(({ algorithm }) => algorithm)).toEqual(['RSA-3072', 'RSA-4096']);
    expect(ready).toEqual([OWNER]);
  });

  test('throws once what kept a key from being made, and tries again when it is asked again', async () => {
    desk.take(signing, [order('staging')]);
    const failure = new JobError('WorkerLost');
    ordered[0]?.reject(failure);
    await settled();
    expect(ready).toEqual([OWNER]);
    expect(() => desk.take(signing, [order('staging')])).toThrow(failure);
    expect(desk.take(signing, [order('staging')])).toBeUndefined();
    await finish(1);
    expect(desk.take(signing, [order('staging')])?.size).toBe(1);
  });

  test('wipes every key of an order of which one fails, also those that are made after it', async () => {
    desk.take(signing, [order('one'), order('two'), order('three')]);
    const before = await finish(0);
    ordered[1]?.reject(new JobError('Failed'));
    await settled();
    const afterwards = await finish(2);
    expect(() => desk.take(signing, [order('one'), order('two'), order('three')])).toThrow(JobError);
    expect([before, afterwards]).toEqual([WIPED, WIPED]);
  });

  test('wipes what nobody fetches once the key asks for nothing slow any more', async () => {
    desk.take(signing, [order('staging')]);
    const bytes = await finish(0);
    expect(desk.take(signing, [])).toEqual(new Map());
    expect(bytes).toEqual(WIPED);
  });

  test('stops and wipes on being told to forget a key, and leaves other keys alone', async () => {
    const other: KeyIdentity = { ...signing, name: 'other' };
    for (const key of [signing, other]) desk.take(key, [order('staging'), order('production')]);
    const bytes = await finish(0);
    const kept = await finish(2);
    desk.forget(signing);
    await settled();
    expect(bytes).toEqual(WIPED);
    await finish(3);
    expect(ready).toEqual(['CryptoKey/payments-config/other']);
    expect(bytesOf(desk.take(other, [order('staging'), order('production')]))[0]).toEqual(['staging', kept]);
  });

  test('wipes everything when this process stops leading, and takes no order afterwards', async () => {
    desk.take(signing, [order('staging'), order('production')]);
    desk.take({ ...signing, name: 'made' }, [order('staging')]);
    const bytes = [await finish(0), await finish(2)];
    ready.length = 0;
    const lost = new Error('The lease is lost');
    leading.abort(lost);
    await settled();
    expect(bytes).toEqual([WIPED, WIPED]);
    expect(() => desk.take(signing, [order('staging')])).toThrow(lost);
    expect(ordered).toHaveLength(3);
    expect(ready).toEqual([]);
  });
});
