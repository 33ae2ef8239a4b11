// The desk goes on in microtasks; a macrotask comes after all of them.
import { setImmediate as settled } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  JudgingDesk,
  type JudgingDeskOptions,
  type JudgingOrder,
} from '../../../../src/controllers/shared/judging-desk.ts';
import type { Judged } from '../../../../src/judging/judge-job.ts';
import type { KeyIdentity } from '../../../../src/sealing/ledger.ts';
import { JobError } from '../../../../src/threads/job-error.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { NOW } from '../../../support/facts.ts';

const PATIENCE_MS = 1_000;
const never = new AbortController().signal;
const partner: KeyIdentity = { project: 'payments', kind: 'CryptoKey', namespace: 'payments-config', name: 'partner' };
const named = (name: string): KeyIdentity => ({ ...partner, name });
const ownerNamed = (name: string): string => `CryptoKey/payments-config/${name}`;

/** One key at the pool, which a test judges. */
interface PoolJob extends Pick<PromiseWithResolvers<Judged>, 'resolve' | 'reject'> {
  readonly project: string;
  readonly bytes: Uint8Array;
}

let atPool: PoolJob[];
let ready: string[];
let clock: FakeClock;
let leading: AbortController;
let desk: JudgingDesk;

/** As JudgingPool promises: what is aborted rejects at once. */
const judge: JudgingDeskOptions['pool']['judge'] = (project, { bytes }, signal) => {
  const { promise, resolve, reject } = Promise.withResolvers<Judged>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  atPool.push({ project, bytes, resolve, reject });
  return promise;
};

beforeEach(() => {
  [atPool, ready] = [[], []];
  clock = new FakeClock(NOW);
  leading = new AbortController();
  desk = new JudgingDesk({
    pool: { judge },
    clock,
    seats: 2,
    onReady: (owner) => ready.push(owner),
    signal: leading.signal,
  });
});

function order(text: string, changes: Partial<JudgingOrder> = {}): JudgingOrder {
  const job = { type: 'PrivateKey', bytes: Buffer.from(text), now: NOW } as const;
  return { identity: partner, text, job, patienceMs: PATIENCE_MS, signal: never, ...changes };
}

const impatient = { patienceMs: 0 };

function accepted(): { readonly judged: Judged; readonly bytes: Uint8Array } {
  const bytes = Uint8Array.of(1, 2, 3);
  const material = { algorithm: 'EC-P256', form: 'Pkcs8', bytes } as const;
  return { judged: { outcome: { kind: 'Accepted', material, warnings: [] }, moduli: [] }, bytes };
}

const refused: Judged = { outcome: { kind: 'Refused', reason: 'WeakKey', message: 'It is weak' }, moduli: [] };
const WIPED = Uint8Array.of(0, 0, 0);

async function finish(index: number, { judged }: { readonly judged: Judged } = accepted()): Promise<void> {
  atPool[index]?.resolve(judged);
  await settled();
}

function bytesOf(judged: Judged | undefined): Uint8Array | undefined {
  return judged?.outcome.kind === 'Accepted' ? judged.outcome.material.bytes : undefined;
}

describe('JudgingDesk', () => {
  test('answers a caller who waits, and wakes nobody', async () => {
    const asked = desk.ask(order('a'));
    await finish(0);
    expect(bytesOf(await asked)).toEqual(Uint8Array.of(1, 2, 3));
    expect([ready, clock.sleeping]).toEqual([[], 0]);
  });

  test('lets a caller go when its patience ends, and wakes it once the key is judged', async () => {
    const asked = desk.ask(order('a'));
    await clock.advance(PATIENCE_MS);
    expect(await asked).toBeUndefined();
    expect(ready).toEqual([]);
    await finish(0);
    expect(ready).toEqual([ownerNamed('partner')]);
    expect(bytesOf(await desk.ask(order('a', impatient)))).toEqual(Uint8Array.of(1, 2, 3));
    expect(atPool).toHaveLength(1);
  });

  test('lets callers go at once when every seat is taken', async () => {
    const seated = ['a', 'b'].map((text) => desk.ask(order(text, { identity: named(text) })));
    expect(await desk.ask(order('c', { identity: named('c') }))).toBeUndefined();
    await finish(2);
    expect(ready).toEqual([ownerNamed('c')]);
    await Promise.all([finish(0), finish(1)]);
    expect((await Promise.all(seated)).map((judged) => judged?.outcome.kind)).toEqual(['Accepted', 'Accepted']);
  });

  test('gives each who asks bytes of its own', async () => {
    const first = desk.ask(order('a'));
    await finish(0);
    bytesOf(await first)?.fill(0);
    expect(bytesOf(await desk.ask(order('a')))).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('copies what it is handed, and wipes that once it is judged', async () => {
    const given = order('abc');
    const asked = desk.ask(given);
    given.job.bytes.fill(0);
    expect(Buffer.from(atPool[0]?.bytes ?? []).toString()).toBe('abc');
    await finish(0);
    await asked;
    expect(atPool[0]?.bytes).toEqual(WIPED);
  });

  test('remembers a refusal for five minutes, whoever asks', async () => {
    const asked = desk.ask(order('a'));
    await finish(0, { judged: refused });
    expect(await asked).toEqual(refused);
    expect(await desk.ask(order('a', { identity: named('other'), ...impatient }))).toEqual(refused);
    await clock.advance(300_000);
    expect(await desk.ask(order('a', impatient))).toBeUndefined();
    expect(atPool).toHaveLength(2);
  });

  test('throws once what kept a key from being judged, and then tries again', async () => {
    const asked = desk.ask(order('a'));
    const lost = new JobError('WorkerLost');
    atPool[0]?.reject(lost);
    await expect(asked).rejects.toBe(lost);
    expect(await desk.ask(order('a', impatient))).toBeUndefined();
    expect(atPool).toHaveLength(2);
  });

  test('forgets what a key does not ask for any more: stops what is judged, and wipes what was', async () => {
    const { judged, bytes } = accepted();
    for (const text of ['a', 'b', 'c']) await desk.ask(order(text, impatient));
    await finish(0, { judged });
    desk.forget(partner, new Set(['c']));
    expect(bytes).toEqual(WIPED);
    await settled();
    await finish(2);
    expect(ready).toEqual([ownerNamed('partner'), ownerNamed('partner')]);
    await desk.ask(order('a', impatient));
    expect(atPool).toHaveLength(4);
  });

  test('wipes what was judged for a key that forgot it meanwhile', async () => {
    const { judged, bytes } = accepted();
    const pool = { judge: (): Promise<Judged> => settled().then(() => judged) };
    const deaf = new JudgingDesk({ pool, clock, seats: 2, onReady: (owner) => ready.push(owner), signal: never });
    await deaf.ask(order('a', impatient));
    deaf.forget(partner);
    await settled();
    await settled();
    expect(bytes).toEqual(WIPED);
    expect(ready).toEqual([]);
  });

  test('has four keys of a project judged at a time, and tells others of it when there is room', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      expect(await desk.ask(order(name, { identity: named(name), ...impatient }))).toBeUndefined();
    }
    expect(atPool).toHaveLength(4);
    await desk.ask(order('x', { identity: { ...partner, project: 'other' }, ...impatient }));
    expect(atPool.map(({ project }) => project)).toEqual([...Array<string>(4).fill('payments'), 'other']);
    await finish(0);
    expect(ready).toEqual([ownerNamed('a'), ownerNamed('e')]);
    await desk.ask(order('e', { identity: named('e'), ...impatient }));
    expect(atPool).toHaveLength(6);
  });

  test('keeps few of what a project does not fetch, the newest', async () => {
    const { judged, bytes } = accepted();
    for (let at = 0; at < 33; at += 1) {
      await desk.ask(order(`${at}`, { identity: named(`${at}`), ...impatient }));
      await finish(at, at === 0 ? { judged } : accepted());
    }
    expect(bytes).toEqual(WIPED);
    expect(await desk.ask(order('0', { identity: named('0'), ...impatient }))).toBeUndefined();
    expect(bytesOf(await desk.ask(order('32', { identity: named('32'), ...impatient })))).toBeDefined();
  });

  test('stops waiting with its caller', async () => {
    const stop = new AbortController();
    const asked = desk.ask(order('a', { signal: stop.signal }));
    stop.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow('stopped');
    expect(clock.sleeping).toBe(0);
  });

  test('wipes everything, and takes nothing more, when this process stops leading', async () => {
    const { judged, bytes } = accepted();
    await desk.ask(order('a', impatient));
    await finish(0, { judged });
    leading.abort(new Error('leads no more'));
    expect(bytes).toEqual(WIPED);
    await expect(desk.ask(order('a'))).rejects.toThrow('leads no more');
  });
});
