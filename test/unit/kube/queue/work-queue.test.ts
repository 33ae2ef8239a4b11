import { expect, test } from 'vitest';
import { WorkQueue, type WorkQueueOptions } from '../../../../src/kube/queue/work-queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function setUp(options: Partial<WorkQueueOptions> = {}) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: () => 0, ...options });
  /** Takes every key that is ready, in order, without giving them back. */
  const takeReady = async (): Promise<readonly string[]> => {
    const taken: string[] = [];
    for (;;) {
      const stop = new AbortController();
      const next = queue.next(stop.signal);
      stop.abort();
      const key = await next;
      if (key === undefined) return taken;
      taken.push(key);
    }
  };
  return { clock, queue, takeReady };
}

test('WorkQueue hands out a key once, however often it was added', async () => {
  const { queue, takeReady } = setUp();
  queue.add('a');
  queue.add('b');
  queue.add('a');
  expect(queue.depth).toBe(2);
  expect(await takeReady()).toEqual(['a', 'b']);
});

test('WorkQueue gives one more run for any number of adds during a run, after done', async () => {
  const { queue, takeReady } = setUp();
  queue.add('a');
  await takeReady();
  for (let adds = 0; adds < 5; adds += 1) queue.add('a');
  expect(await takeReady()).toEqual([]);
  expect(queue.depth).toBe(1);
  queue.done('a');
  expect(await takeReady()).toEqual(['a']);
  queue.done('a');
  expect(await takeReady()).toEqual([]);
});

test('WorkQueue holds a delayed key back while it runs, though its delay has passed', async () => {
  const { clock, queue, takeReady } = setUp();
  queue.add('a');
  await takeReady();
  queue.add('a', { afterMs: 10 });
  await clock.advance(10);
  expect(queue.depth).toBe(1);
  expect(await takeReady()).toEqual([]);
  queue.done('a');
  expect(await takeReady()).toEqual(['a']);
});

test('WorkQueue hands out higher priorities first and is fair within one', async () => {
  const { queue, takeReady } = setUp();
  queue.add('low', { priority: -100 });
  queue.add('first');
  queue.add('high', { priority: 5 });
  queue.add('second');
  expect(await takeReady()).toEqual(['high', 'first', 'second', 'low']);
});

test('WorkQueue tells the priority of what it hands out next, and of nothing that waits or is held back', async () => {
  const { queue, takeReady } = setUp();
  queue.add('waiting', { priority: 9, afterMs: 10 });
  expect(queue.nextPriority).toBeUndefined();
  queue.add('low', { priority: -100 });
  queue.add('high', { priority: 5 });
  expect(queue.nextPriority).toBe(5);
  await takeReady();
  queue.add('high', { priority: 5 });
  expect(queue.nextPriority).toBeUndefined();
});

test('WorkQueue keeps the highest priority asked for, and puts a raised key behind its new peers', async () => {
  const { queue, takeReady } = setUp();
  queue.add('raised', { priority: -100 });
  queue.add('peer');
  queue.add('raised');
  queue.add('raised', { priority: -200 });
  expect(await takeReady()).toEqual(['peer', 'raised']);
});

test('WorkQueue keeps the earliest time asked for', async () => {
  const { clock, queue, takeReady } = setUp();
  queue.add('a', { afterMs: 50 });
  queue.add('a', { afterMs: 20 });
  queue.add('a', { afterMs: 80 });
  await clock.advance(19);
  expect(await takeReady()).toEqual([]);
  await clock.advance(1);
  expect(await takeReady()).toEqual(['a']);
});

test('WorkQueue leaves a ready key ready when it is added with a delay', async () => {
  const { queue, takeReady } = setUp();
  queue.add('a');
  queue.add('a', { afterMs: 1_000 });
  expect(await takeReady()).toEqual(['a']);
});

test('WorkQueue lines delayed keys up in the order they become ready', async () => {
  const { clock, queue, takeReady } = setUp();
  queue.add('later', { afterMs: 20 });
  queue.add('sooner', { afterMs: 10 });
  await clock.advance(15);
  queue.add('now');
  await clock.advance(5);
  expect(await takeReady()).toEqual(['sooner', 'now', 'later']);
});

test('WorkQueue makes a key in back-off ready at once when it is added, and keeps its count of failures', async () => {
  const { clock, queue, takeReady } = setUp();
  for (let failure = 0; failure < 5; failure += 1) queue.addRateLimited('a');
  await takeReady();
  queue.done('a');
  queue.addRateLimited('a');
  await clock.advance(100);
  expect(await takeReady()).toEqual([]);
  queue.add('a');
  expect(await takeReady()).toEqual(['a']);
  expect(queue.failures('a')).toBe(6);
});

test('WorkQueue backs a failing key off by 1, 2, 4 … s at the priority it ran with', async () => {
  const { clock, queue } = setUp();
  queue.add('a', { priority: 7 });
  const startsMs: number[] = [];
  void (async () => {
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
      startsMs.push(clock.monotonicMs());
      expect(queue.priorityOf(key)).toBe(7);
      queue.addRateLimited(key);
      queue.done(key);
    }
  })();
  await clock.advance(15_000);
  expect(startsMs).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
  expect(queue.failures('a')).toBe(5);
  queue.forget('a');
  expect(queue.failures('a')).toBe(0);
});

test('WorkQueue lets 100 retries through at once and 10 per second after that, ordinary adds unhindered', async () => {
  const { clock, queue, takeReady } = setUp();
  for (let n = 0; n < 130; n += 1) queue.addRateLimited(`failing-${n}`);
  await clock.advance(1_000);
  // The first hundred wait for their own second; ten more had their token after that second.
  expect(await takeReady()).toHaveLength(110);
  for (let n = 0; n < 50; n += 1) queue.add(`fresh-${n}`);
  expect(await takeReady()).toHaveLength(50);
  await clock.advance(1_000);
  expect(await takeReady()).toHaveLength(10);
});

test('WorkQueue.next waits for a key and serves workers in the order they came', async () => {
  const { queue } = setUp();
  const workers = [queue.next(), queue.next()];
  queue.add('a');
  queue.add('b');
  expect(await Promise.all(workers)).toEqual(['a', 'b']);
});

test('WorkQueue.next ends with undefined when its signal aborts, and the key goes to another worker', async () => {
  const { queue } = setUp();
  const stop = new AbortController();
  const leaving = queue.next(stop.signal);
  const staying = queue.next();
  stop.abort();
  queue.add('a');
  expect(await leaving).toBeUndefined();
  expect(await staying).toBe('a');
  queue.add('b');
  expect(await queue.next(stop.signal)).toBeUndefined();
  expect(queue.depth).toBe(1);
});

test('WorkQueue.done is harmless for a key that does not run', async () => {
  const { queue, takeReady } = setUp();
  queue.add('a');
  queue.done('a');
  queue.done('b');
  expect(await takeReady()).toEqual(['a']);
});

test('WorkQueue drains: after shutDown it takes nothing in, drops what waits and hands out what is ready', async () => {
  const { clock, queue } = setUp();
  queue.add('running');
  expect(await queue.next()).toBe('running');
  queue.add('running');
  queue.add('ready');
  queue.add('waiting', { afterMs: 10 });
  queue.shutDown();
  queue.add('late');
  queue.addRateLimited('late');
  expect(await queue.next()).toBe('ready');
  const last = queue.next();
  const nothing = queue.next();
  queue.done('running');
  expect(await last).toBe('running');
  expect(await nothing).toBeUndefined();
  expect(clock.sleeping).toBe(0);
  expect(queue.depth).toBe(0);
});

test('WorkQueue ends waiting workers when it is shut down empty', async () => {
  const { queue } = setUp();
  const worker = queue.next();
  queue.shutDown();
  expect(await worker).toBeUndefined();
});

test.each([{ afterMs: Number.NaN }, { afterMs: Infinity }, { priority: Number.NaN }])(
  'WorkQueue.add refuses %o',
  (options) => {
    const { queue } = setUp();
    expect(() => queue.add('a', options)).toThrow(RangeError);
  },
);

test('WorkQueue hands out a key that fell due during a stall, before its timer fires', async () => {
  const { clock, queue, takeReady } = setUp();
  queue.add('a', { afterMs: 10 });
  clock.stall(50);
  expect(await takeReady()).toEqual(['a']);
});

test('WorkQueue tells its observer adds, retries, waiting and working times', async () => {
  const seen: string[] = [];
  const { clock, queue } = setUp({
    observer: {
      added: () => seen.push('added'),
      retried: () => seen.push('retried'),
      taken: (queuedMs) => seen.push(`taken ${queuedMs}`),
      finished: (workedMs) => seen.push(`finished ${workedMs}`),
    },
  });
  queue.add('a');
  queue.add('a');
  await clock.advance(5);
  await queue.next();
  await clock.advance(7);
  queue.add('b', { afterMs: 10 });
  expect(queue.depth).toBe(0);
  queue.done('a');
  await clock.advance(10);
  expect(queue.depth).toBe(1);
  expect(seen).toEqual(['added', 'taken 5', 'retried', 'finished 7', 'added']);
});

test('WorkQueue reports unfinished work as the sum and longest running as the oldest of its runs', async () => {
  const { clock, queue } = setUp();
  expect([queue.unfinishedWorkMs, queue.longestRunningMs]).toEqual([0, 0]);
  queue.add('a');
  await queue.next();
  await clock.advance(30);
  queue.add('b');
  await queue.next();
  await clock.advance(10);
  expect([queue.unfinishedWorkMs, queue.longestRunningMs]).toEqual([50, 40]);
  queue.done('a');
  expect([queue.unfinishedWorkMs, queue.longestRunningMs]).toEqual([10, 10]);
});
