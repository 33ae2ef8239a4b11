import { beforeEach, describe, expect, test } from 'vitest';
import { API_KEY_RULES } from '../../../../../src/controllers/api-key/rules.ts';
import { CRYPTO_KEY_RULES } from '../../../../../src/controllers/crypto-key/rules.ts';
import { Contenders } from '../../../../../src/controllers/key/wake/contenders.ts';
import { HeldOffNamespaces } from '../../../../../src/controllers/key/wake/held-off-namespaces.ts';
import { KeyWaker } from '../../../../../src/controllers/key/wake/wake.ts';
import type { Caches } from '../../../../../src/controllers/caches/caches.ts';
import { WorkQueue } from '../../../../../src/kube/queue/work-queue.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { RecordingLogger } from '../../../../support/recording-logger.ts';

const HOLD = { namespace: 'eu', verb: 'create', forMs: 5_000 };

let clock: FakeClock;
let queue: WorkQueue;
let contenders: Contenders;
let logger: RecordingLogger;
let stop: AbortController;
let namespaces: HeldOffNamespaces;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, random: () => 0 });
  contenders = new Contenders();
  logger = new RecordingLogger();
  stop = new AbortController();
  const waker = new KeyWaker({
    queue,
    caches: () => ({}) as Caches,
    contenders,
    kinds: { ApiKey: API_KEY_RULES, CryptoKey: CRYPTO_KEY_RULES },
    clock,
    proofOf: () => undefined,
  });
  namespaces = new HeldOffNamespaces({ waker, clock, logger, signal: stop.signal });
  for (let index = 0; index < 20; index += 1) contenders.waitForNamespace('eu', `payments/key-${index}`);
  contenders.waitForNamespace('us', 'payments/other');
});

describe('HeldOffNamespaces', () => {
  test('wakes a few of the keys that wait when the namespace may be tried again', async () => {
    namespaces.onHeldOff({ ...HOLD, isFirst: true });
    await clock.advance(4_999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(8);
  });

  test('wakes others at the next try, while the first ones do not wait again', async () => {
    namespaces.onHeldOff({ ...HOLD, isFirst: true });
    await clock.advance(5_000);
    namespaces.onHeldOff({ ...HOLD, isFirst: false });
    await clock.advance(5_000);
    expect(queue.depth).toBe(16);
  });

  test('wakes every key that waits as soon as the namespace answers', () => {
    namespaces.onAnswers({ namespace: 'eu', verb: 'create', heldOffMs: 12_345.6 });
    expect(queue.depth).toBe(20);
  });

  test('says once that a namespace does not answer and once that it does', async () => {
    namespaces.onHeldOff({ ...HOLD, isFirst: true });
    namespaces.onHeldOff({ ...HOLD, forMs: 10_000, isFirst: false });
    namespaces.onAnswers({ namespace: 'eu', verb: 'create', heldOffMs: 12_345.6 });
    expect(logger.lines.map(({ level, fields }) => ({ level, fields }))).toEqual([
      { level: 'warn', fields: { namespace: 'eu', verb: 'create', forMs: 5_000 } },
      { level: 'info', fields: { namespace: 'eu', verb: 'create', heldOffMs: 12_346 } },
    ]);
  });

  test('leaves nothing behind when the lease ends', async () => {
    namespaces.onHeldOff({ ...HOLD, isFirst: true });
    stop.abort(new Error('stopped'));
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
  });
});
