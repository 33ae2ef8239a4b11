import { expect, test } from 'vitest';
import { runController, type ControllerOptions, type ReconcileContext } from '../../../../src/kube/queue/controller.ts';
import { NotLeadingError } from '../../../../src/kube/errors/not-leading-error.ts';
import { WorkQueue } from '../../../../src/kube/queue/work-queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

const SECRET = 'hunter2-very-secret';

class KnownError extends Error {
  override readonly name = 'KnownError';
  readonly code = 'KW_KNOWN';
}

function setUp(options: Partial<ControllerOptions> & Pick<ControllerOptions, 'reconcile'>) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: () => 0 });
  const logger = new RecordingLogger();
  const seen: string[] = [];
  const stop = new AbortController();
  let ids = 0;
  const done = runController(
    {
      name: 'api-key',
      queue,
      workers: 1,
      retryOf: () => 'backoff',
      clock,
      logger,
      newReconcileId: () => `id-${(ids += 1)}`,
      observer: {
        started: () => seen.push('started'),
        finished: (result, durationMs) => seen.push(`${result} ${durationMs}`),
        terminal: () => seen.push('terminal'),
        panicked: () => seen.push('panicked'),
        timedOut: () => seen.push('timedOut'),
      },
      ...options,
    },
    stop.signal,
  );
  return { clock, queue, logger, seen, stop, done };
}

/** Fails with each error in turn, then succeeds; notes when it ran. */
function failWith(...errors: readonly unknown[]) {
  const runsMs: number[] = [];
  const left = [...errors];
  const reconcile =
    (clock: () => FakeClock): ControllerOptions['reconcile'] =>
    async () => {
      runsMs.push(clock().monotonicMs());
      if (left.length > 0) throw left.shift();
      return { kind: 'done' };
    };
  return { runsMs, reconcile };
}

test('runController reconciles a key once and forgets its failures when it is done', async () => {
  const { runsMs, reconcile } = failWith(new KnownError());
  const { clock, queue, seen } = setUp({ reconcile: reconcile(() => clock) });
  queue.add('ns/a');
  await clock.advance(0);
  expect(queue.failures('ns/a')).toBe(1);
  await clock.advance(10_000);
  expect(runsMs).toEqual([0, 1_000]);
  expect(queue.failures('ns/a')).toBe(0);
  expect(seen).toEqual(['started', 'error 0', 'started', 'success 0']);
});

test('runController looks again after the time an outcome names, at the same priority', async () => {
  const priorities: number[] = [];
  const { clock, queue, seen } = setUp({
    reconcile: async (key) => {
      priorities.push(queue.priorityOf(key));
      return priorities.length === 1 ? { kind: 'requeueAfter', ms: 60_000 } : { kind: 'done' };
    },
  });
  queue.add('a', { priority: -100 });
  await clock.advance(59_999);
  expect(priorities).toEqual([-100]);
  await clock.advance(1);
  expect(priorities).toEqual([-100, -100]);
  expect(seen).toContain('requeue_after 0');
});

test('runController retries a failure with growing delays, at the same priority', async () => {
  const { runsMs, reconcile } = failWith(new KnownError(), new KnownError(), new KnownError());
  const { clock, queue } = setUp({ reconcile: reconcile(() => clock) });
  queue.add('a', { priority: 3 });
  await clock.advance(60_000);
  expect(runsMs).toEqual([0, 1_000, 3_000, 7_000]);
});

test('runController counts a terminal failure and looks again after 5 min, without growing delays', async () => {
  const { runsMs, reconcile } = failWith(new KnownError(), new KnownError());
  const { clock, queue, seen } = setUp({ reconcile: reconcile(() => clock), retryOf: () => 'terminal' });
  queue.add('a');
  await clock.advance(600_000);
  expect(runsMs).toEqual([0, 300_000, 600_000]);
  expect(queue.failures('a')).toBe(0);
  expect(seen.slice(0, 3)).toEqual(['started', 'terminal', 'error 0']);
});

test('runController runs a terminally failed key at once when it is added', async () => {
  const { runsMs, reconcile } = failWith(new KnownError());
  const { clock, queue } = setUp({ reconcile: reconcile(() => clock), retryOf: () => 'terminal' });
  queue.add('a');
  await clock.advance(1_000);
  queue.add('a');
  await clock.advance(400_000);
  expect(runsMs).toEqual([0, 1_000]);
});

test('runController retries after the fixed wait an error asks for', async () => {
  const { runsMs, reconcile } = failWith(new KnownError());
  const { clock, queue } = setUp({ reconcile: reconcile(() => clock), retryOf: () => ({ afterMs: 5_000 }) });
  queue.add('a');
  await clock.advance(10_000);
  expect(runsMs).toEqual([0, 5_000]);
});

test.each(['terminal', { afterMs: 5_000 }] as const)(
  'runController ends the back-off of a key that fails with %o',
  async (retry) => {
    const retries = ['backoff', 'backoff', retry] as const;
    const { reconcile } = failWith(new KnownError(), new KnownError(), new KnownError());
    let failures = 0;
    const { clock, queue } = setUp({
      reconcile: reconcile(() => clock),
      retryOf: () => retries[failures++] ?? 'backoff',
    });
    queue.add('a');
    await clock.advance(3_000);
    expect(failures).toBe(3);
    expect(queue.failures('a')).toBe(0);
  },
);

test.each([
  { name: 'a string', thrown: 'text' },
  { name: 'undefined', thrown: undefined },
  { name: 'null', thrown: null },
  { name: 'a TypeError', thrown: new TypeError(SECRET) },
])('runController survives $name, counts it as a fault of the program and retries', async ({ thrown }) => {
  const { runsMs, reconcile } = failWith(thrown);
  const retryOf: ControllerOptions['retryOf'] = (error) => (error as { retry: 'backoff' }).retry ?? 'backoff';
  const { clock, queue, seen, logger } = setUp({ reconcile: reconcile(() => clock), retryOf });
  queue.add('a');
  await clock.advance(1_000);
  expect(runsMs).toEqual([0, 1_000]);
  expect(seen).toContain('panicked');
  expect(logger.lines[0]).toMatchObject({ level: 'error' });
});

test('runController survives a reconcile that throws before it returns a promise', async () => {
  const { clock, queue, seen } = setUp({
    reconcile: () => {
      throw new KnownError();
    },
  });
  queue.add('a');
  await clock.advance(0);
  expect(seen).toEqual(['started', 'error 0']);
});

test.each([
  { name: 'no outcome', outcome: undefined },
  { name: 'a wait that is no number', outcome: { kind: 'requeueAfter', ms: Number.NaN } },
])('runController treats $name as a fault of the program and retries', async ({ outcome }) => {
  const { clock, queue, seen } = setUp({ reconcile: async () => outcome as never });
  queue.add('a');
  await clock.advance(0);
  expect(seen).toEqual(['started', 'panicked', 'error 0']);
  expect(queue.failures('a')).toBe(1);
});

test.each([
  {
    name: 'throws',
    retryOf: () => {
      throw new TypeError('x');
    },
  },
  { name: 'names a wait that is no number', retryOf: () => ({ afterMs: Number.NaN }) },
])('runController backs off when retryOf $name', async ({ retryOf }) => {
  const { runsMs, reconcile } = failWith(new KnownError());
  const { clock, queue } = setUp({ reconcile: reconcile(() => clock), retryOf });
  queue.add('a');
  await clock.advance(1_000);
  expect(runsMs).toEqual([0, 1_000]);
});

test('runController logs a failure by name, code and id, without its message', async () => {
  const { reconcile } = failWith(new KnownError(SECRET), new TypeError(`${SECRET}\n    at ${SECRET}`), SECRET);
  const { clock, queue, logger } = setUp({ reconcile: reconcile(() => clock) });
  queue.add('ns/a');
  await clock.advance(60_000);
  expect(logger.lines[0]).toEqual({
    level: 'warn',
    message: 'Reconcile failed',
    fields: {
      controller: 'api-key',
      key: 'ns/a',
      reconcileId: 'id-1',
      error: 'KnownError',
      code: 'KW_KNOWN',
      retry: 'backoff',
      failures: 1,
    },
  });
  expect(logger.lines).toHaveLength(3);
  expect(logger.text).not.toContain(SECRET);
});

test('runController hands each run an id of its own and a logger that carries it', async () => {
  const contexts: ReconcileContext[] = [];
  const { clock, queue, logger } = setUp({
    reconcile: async (_key, context) => {
      contexts.push(context);
      context.logger.info({ step: 1 }, 'Looked');
      return { kind: 'done' };
    },
  });
  queue.add('a');
  queue.add('b');
  await clock.advance(0);
  expect(contexts.map(({ reconcileId }) => reconcileId)).toEqual(['id-1', 'id-2']);
  expect(logger.lines[1]?.fields).toEqual({ controller: 'api-key', key: 'b', reconcileId: 'id-2', step: 1 });
});

test('runController aborts a reconcile that takes too long, counts that and backs off', async () => {
  let runs = 0;
  const { clock, queue, seen } = setUp({
    timeoutMs: 30_000,
    retryOf: () => 'terminal',
    reconcile: async (_key, { signal }) => {
      runs += 1;
      await clock.sleep(60_000, signal);
      return { kind: 'done' };
    },
  });
  queue.add('a');
  await clock.advance(30_000);
  expect(seen).toEqual(['started', 'timedOut', 'error 30000']);
  await clock.advance(1_000);
  expect(runs).toBe(2);
});

test('runController never runs a key twice at once, though a reconcile ignores its timeout', async () => {
  let running = 0;
  let most = 0;
  const { clock, queue } = setUp({
    timeoutMs: 10,
    workers: 3,
    reconcile: async () => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(100);
      running -= 1;
      return { kind: 'done' };
    },
  });
  queue.add('a');
  await clock.advance(50);
  queue.add('a');
  await clock.advance(500);
  expect(most).toBe(1);
});

test('runController leaves no timer behind when a reconcile ends in time', async () => {
  const { clock, queue } = setUp({ timeoutMs: 30_000, reconcile: async () => ({ kind: 'done' }) });
  queue.add('a');
  await clock.advance(0);
  expect(clock.sleeping).toBe(0);
});

test('runController runs as many keys side by side as it has workers', async () => {
  let most = 0;
  let running = 0;
  const { clock, queue } = setUp({
    workers: 3,
    reconcile: async () => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(10);
      running -= 1;
      return { kind: 'done' };
    },
  });
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  await clock.advance(100);
  expect(most).toBe(3);
});

test('runController puts a key back without counting a failure when its signal aborts', async () => {
  const { clock, queue, seen, stop, done, logger } = setUp({
    reconcile: async (_key, { signal }) => {
      await clock.sleep(60_000, signal);
      return { kind: 'done' };
    },
  });
  queue.add('a', { priority: 2 });
  await clock.advance(10);
  stop.abort(new Error('shutting down'));
  await done;
  expect(seen).toEqual(['started', 'cancelled 10']);
  expect(logger.lines).toEqual([]);
  expect(queue.depth).toBe(1);
  expect(queue.failures('a')).toBe(0);
});

test('runController ends only after the reconciles under way have ended', async () => {
  const { clock, queue, stop, done } = setUp({
    reconcile: async () => {
      await clock.sleep(100);
      return { kind: 'done' };
    },
  });
  let ended = false;
  void done.then(() => (ended = true));
  queue.add('a');
  queue.add('b');
  await clock.advance(50);
  stop.abort();
  await clock.advance(49);
  expect(ended).toBe(false);
  await clock.advance(1);
  expect(ended).toBe(true);
  expect(queue.depth).toBe(1);
});

test('runController works the queue off after shutDown', async () => {
  const keys: string[] = [];
  const { queue, done } = setUp({
    reconcile: async (key) => {
      keys.push(key);
      return { kind: 'done' };
    },
  });
  queue.add('a');
  queue.add('b');
  queue.shutDown();
  await done;
  expect(keys).toEqual(['a', 'b']);
});

test('runController looks again a second after NotLeadingError and does not count it as a failure', async () => {
  const { runsMs, reconcile } = failWith(new NotLeadingError());
  const { clock, queue, seen, logger } = setUp({ reconcile: reconcile(() => clock) });
  queue.add('a');
  await clock.advance(5_000);
  expect(runsMs).toEqual([0, 1_000]);
  expect(seen).toEqual(['started', 'cancelled 0', 'started', 'success 0']);
  expect(logger.lines).toEqual([]);
});

test.each([0, -1, 1.5, Number.NaN])('runController refuses %d workers', async (workers) => {
  const { done } = setUp({ workers, reconcile: async () => ({ kind: 'done' }) });
  await expect(done).rejects.toThrow(RangeError);
});
