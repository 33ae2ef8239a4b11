import { expect, test } from 'vitest';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { KubeClient } from '../../../../src/kube/client/client.ts';
import type { EventReport, EventSeries, KubeEvent } from '../../../../src/kube/events/event.ts';
import { EventRecorder } from '../../../../src/kube/events/event-recorder.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

const MINUTE = 60_000;

interface Write {
  readonly verb: 'create' | 'patch';
  readonly name: string;
  readonly count: number;
  readonly atMs: number;
}

/** A recorder and what it sends. `answer` is awaited for each write: throw to refuse it, wait to hold it up. */
function setUp(answer: (write: Write, writes: readonly Write[]) => Promise<void> | void = () => {}) {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const writes: Write[] = [];
  const bodies: unknown[] = [];
  const exchange = async (
    verb: Write['verb'],
    name: string,
    body: { readonly series?: EventSeries },
  ): Promise<unknown> => {
    const write = { verb, name, count: body.series?.count ?? 1, atMs: clock.monotonicMs() };
    writes.push(write);
    bodies.push(body);
    await answer(write, writes);
    return { metadata: { name, resourceVersion: String(writes.length) } };
  };
  const client = {
    create: (_resource: unknown, event: KubeEvent) => exchange('create', event.metadata.name, event),
    patch: (_resource: unknown, ref: { readonly name: string }, patch: object) => exchange('patch', ref.name, patch),
  } as Partial<KubeClient> as KubeClient;
  let draws = 0;
  const recorder = new EventRecorder({
    client,
    component: 'example.com/controller',
    instance: 'pod-1',
    clock,
    random: () => ((draws += 1) % 1_000) / 1_000,
    logger,
  });
  const reasons = (): readonly (string | undefined)[] =>
    (bodies as readonly Partial<KubeEvent>[]).map(({ reason }) => reason);
  return { clock, logger, writes, bodies, reasons, recorder };
}

function report(change: Partial<EventReport> & { readonly name?: string } = {}): EventReport {
  const { name = 'wheel', ...rest } = change;
  return {
    regarding: { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'team', name },
    type: 'Normal',
    reason: 'Delivered',
    action: 'Deliver',
    note: 'Delivered version 3',
    ...rest,
  };
}

const counts = (writes: readonly Write[]): readonly string[] => writes.map(({ verb, count }) => `${verb} ${count}`);
const refused = (status: number, reason: string, causes: ApiError['causes'] = []): ApiError =>
  new ApiError({ status, reason, message: 'refused', causes });
const noServer = (): never => {
  throw new ConnectionError('refused', 'no server');
};

test('EventRecorder creates an event for the first occurrence', async () => {
  const { clock, writes, bodies, recorder } = setUp();
  recorder.record(report());
  await clock.advance(0);
  expect(counts(writes)).toEqual(['create 1']);
  expect(bodies[0]).toMatchObject({ reason: 'Delivered', reportingController: 'example.com/controller' });
  expect(bodies[0]).not.toHaveProperty('series');
});

test('EventRecorder starts a series with the second occurrence and only counts the following ones', async () => {
  const { clock, writes, bodies, recorder } = setUp();
  for (let occurrence = 0; occurrence < 10; occurrence += 1) {
    recorder.record(report());
    await clock.advance(1_000);
  }
  expect(counts(writes)).toEqual(['create 1', 'patch 2']);
  expect(writes[1]?.name).toBe(writes[0]?.name);
  expect(bodies[1]).toEqual({
    metadata: { resourceVersion: '1' },
    series: { count: 2, lastObservedTime: '2027-01-01T00:00:01.000000Z' },
  });
});

test('EventRecorder writes the final count when a series was idle for 6 min, and begins anew after that', async () => {
  const { clock, writes, recorder } = setUp();
  for (let occurrence = 0; occurrence < 5; occurrence += 1) recorder.record(report());
  await clock.advance(0);
  expect(counts(writes)).toEqual(['create 5']);
  recorder.record(report());
  recorder.record(report());
  await clock.advance(7 * MINUTE);
  expect(counts(writes)).toEqual(['create 5', 'patch 7']);
  expect(clock.sleeping).toBe(0);
  recorder.record(report());
  await clock.advance(0);
  expect(counts(writes)).toEqual(['create 5', 'patch 7', 'create 1']);
  expect(writes[2]?.name).not.toBe(writes[0]?.name);
});

test('EventRecorder forgets an event that did not come again for 6 min', async () => {
  const { clock, writes, recorder } = setUp();
  recorder.record(report());
  await clock.advance(6 * MINUTE);
  recorder.record(report());
  await clock.advance(0);
  expect(counts(writes)).toEqual(['create 1', 'create 1']);
});

test('EventRecorder refreshes a series that goes on about every 30 min', async () => {
  const { clock, writes, recorder } = setUp();
  for (let minute = 0; minute < 100; minute += 1) {
    recorder.record(report());
    await clock.advance(MINUTE);
  }
  expect(counts(writes).slice(0, 2)).toEqual(['create 1', 'patch 2']);
  const refreshes = writes.slice(2);
  expect(refreshes).toHaveLength(3);
  for (const [index, refresh] of refreshes.entries()) {
    const pauseMs = refresh.atMs - (writes[index + 1]?.atMs ?? 0);
    expect(pauseMs).toBeGreaterThanOrEqual(30 * MINUTE);
    expect(pauseMs).toBeLessThanOrEqual(36 * MINUTE);
  }
});

test('EventRecorder keeps series of different objects, reasons, types and notes apart', async () => {
  const { clock, writes, recorder } = setUp();
  recorder.record(report());
  recorder.record(report({ name: 'axle' }));
  recorder.record(report({ reason: 'Rotated' }));
  recorder.record(report({ type: 'Warning' }));
  recorder.record(report({ note: 'Delivered version 4' }));
  await clock.advance(0);
  expect(counts(writes)).toEqual(['create 1', 'create 1', 'create 1', 'create 1', 'create 1']);
  expect(new Set(writes.map(({ name }) => name)).size).toBe(5);
});

test('EventRecorder writes a repetition that came while the event was being created', async () => {
  const { clock, writes, recorder } = setUp((write) => (write.verb === 'create' ? clock.sleep(100) : undefined));
  recorder.record(report());
  await clock.advance(50);
  recorder.record(report());
  await clock.advance(50);
  expect(counts(writes)).toEqual(['create 1', 'patch 2']);
});

test('EventRecorder writes at most 25 new events about one object at once, then one in 5 min', async () => {
  const { clock, reasons, recorder } = setUp();
  for (let version = 0; version < 40; version += 1) recorder.record(report({ note: `Delivered version ${version}` }));
  recorder.record(report({ name: 'axle' }));
  await clock.advance(0);
  expect(reasons().filter((reason) => reason === 'Delivered')).toHaveLength(26);
  await clock.advance(5 * MINUTE);
  for (let version = 40; version < 50; version += 1) recorder.record(report({ note: `Delivered version ${version}` }));
  await clock.advance(0);
  expect(reasons().filter((reason) => reason === 'Delivered')).toHaveLength(27);
});

test('EventRecorder tells at once that it leaves events out, and in the end how many', async () => {
  const { clock, writes, bodies, reasons, recorder } = setUp();
  for (let version = 0; version < 26; version += 1) recorder.record(report({ note: `Delivered version ${version}` }));
  await clock.advance(0);
  expect(reasons().at(-1)).toBe('EventsDropped');
  expect(bodies.at(-1)).toMatchObject({ type: 'Warning', regarding: { name: 'wheel' } });
  for (let version = 26; version < 40; version += 1) recorder.record(report({ note: `Delivered version ${version}` }));
  await clock.advance(7 * MINUTE);
  expect(counts(writes).slice(25)).toEqual(['create 1', 'patch 15']);
});

test('EventRecorder goes on counting a series when the budget of its object is spent', async () => {
  const { clock, writes, recorder } = setUp();
  for (let version = 0; version < 25; version += 1) recorder.record(report({ note: `Delivered version ${version}` }));
  recorder.record(report({ note: 'Delivered version 0' }));
  await clock.advance(0);
  expect(counts(writes).filter((write) => write === 'create 2')).toHaveLength(1);
  expect(writes).toHaveLength(25);
});

test('EventRecorder drops new events while 1000 wait, and says so once', async () => {
  let broken = true;
  const { clock, writes, recorder, logger } = setUp(() => (broken ? noServer() : undefined));
  for (let object = 0; object < 1_100; object += 1) recorder.record(report({ name: `object-${object}` }));
  await clock.advance(0);
  broken = false;
  await clock.advance(MINUTE);
  expect(new Set(writes.map(({ name }) => name)).size).toBe(1_000);
  expect(logger.lines.map(({ message }) => message)).toEqual(['Dropped events: too many wait to be written']);
});

test.each([
  { name: 'cannot be reached', fault: noServer },
  {
    name: 'asks to slow down',
    fault: () => {
      throw refused(429, 'TooManyRequests');
    },
  },
  {
    name: 'has an internal error',
    fault: () => {
      throw refused(500, 'InternalError');
    },
  },
])('EventRecorder tries 12 times, 10 s apart, when the server $name', async ({ fault }) => {
  const { clock, writes, recorder, logger } = setUp(fault);
  recorder.record(report());
  await clock.advance(60 * MINUTE);
  expect(writes.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 12 }, (_, tries) => tries * 10_000));
  expect(logger.lines).toHaveLength(1);
  expect(logger.lines[0]).toMatchObject({ level: 'warn', fields: { namespace: 'team', kind: 'Widget' } });
  expect(clock.sleeping).toBe(0);
});

test('EventRecorder counts repetitions while the server is away, and creates the event with them', async () => {
  let broken = true;
  const { clock, writes, recorder } = setUp(() => (broken ? noServer() : undefined));
  for (let second = 0; second < 30; second += 1) {
    recorder.record(report());
    await clock.advance(1_000);
  }
  broken = false;
  await clock.advance(10_000);
  expect(counts(writes).at(-1)).toBe('create 30');
});

test.each([
  { name: 'is missing', error: refused(404, 'NotFound') },
  { name: 'is terminating', error: refused(403, 'Forbidden', [{ reason: 'NamespaceTerminating' }]) },
])('EventRecorder forgets an event silently when its namespace $name', async ({ error }) => {
  const { clock, writes, recorder, logger } = setUp(() => {
    throw error;
  });
  recorder.record(report());
  await clock.advance(60 * MINUTE);
  expect(writes).toHaveLength(1);
  expect(logger.lines).toEqual([]);
  expect(clock.sleeping).toBe(0);
});

test.each([
  { name: 'forbids it', error: refused(403, 'Forbidden') },
  { name: 'finds it invalid', error: refused(422, 'Invalid') },
])('EventRecorder drops an event at once and says so when the server $name', async ({ error }) => {
  const { clock, writes, recorder, logger } = setUp(() => {
    throw error;
  });
  recorder.record(report());
  await clock.advance(60 * MINUTE);
  expect(writes).toHaveLength(1);
  expect(logger.lines.map(({ message }) => message)).toEqual(['Dropped an event']);
});

test('EventRecorder takes an event for written when a second try finds it there', async () => {
  const { clock, writes, recorder, logger } = setUp((_write, all) => {
    if (all.length === 1) noServer();
    throw refused(409, 'AlreadyExists');
  });
  recorder.record(report());
  await clock.advance(60 * MINUTE);
  expect(writes).toHaveLength(2);
  expect(writes[1]?.name).toBe(writes[0]?.name);
  expect(logger.lines).toEqual([]);
});

test('EventRecorder creates a new event with the whole count when the old one has expired on the server', async () => {
  const { clock, writes, bodies, recorder } = setUp((write, all) => {
    if (write.verb === 'patch' && all.length === 2) throw refused(404, 'NotFound');
  });
  recorder.record(report());
  await clock.advance(0);
  recorder.record(report());
  await clock.advance(0);
  expect(counts(writes)).toEqual(['create 1', 'patch 2', 'create 2']);
  expect(writes[2]?.name).not.toBe(writes[0]?.name);
  expect(bodies[2]).not.toHaveProperty('metadata.resourceVersion');
});

test('EventRecorder goes on writing while one namespace does not answer', async () => {
  const { clock, writes, recorder } = setUp((write) =>
    write.name.startsWith('slow') ? clock.sleep(MINUTE) : undefined,
  );
  recorder.record(report({ name: 'slow' }));
  for (let object = 0; object < 20; object += 1) recorder.record(report({ name: `quick-${object}` }));
  await clock.advance(0);
  expect(writes).toHaveLength(21);
});

test('EventRecorder.flush writes unsaved counts and resolves when everything is written', async () => {
  const { clock, writes, recorder } = setUp(() => clock.sleep(10));
  for (let occurrence = 0; occurrence < 3; occurrence += 1) {
    recorder.record(report());
    await clock.advance(100);
  }
  recorder.record(report({ name: 'axle' }));
  let flushed = false;
  void recorder.flush(new AbortController().signal).then(() => (flushed = true));
  await clock.advance(9);
  expect(flushed).toBe(false);
  await clock.advance(1);
  expect(flushed).toBe(true);
  expect(counts(writes).toSorted()).toEqual(['create 1', 'create 1', 'patch 2', 'patch 3']);
});

test('EventRecorder.flush resolves at once when nothing waits', async () => {
  const { recorder } = setUp();
  await expect(recorder.flush(new AbortController().signal)).resolves.toBeUndefined();
});

test('EventRecorder.flush gives up when its signal aborts', async () => {
  const { clock, recorder } = setUp(noServer);
  recorder.record(report());
  const stop = new AbortController();
  let flushed = false;
  const flush = recorder.flush(stop.signal).then(() => (flushed = true));
  await clock.advance(60_000);
  expect(flushed).toBe(false);
  stop.abort();
  await flush;
});

test('EventRecorder.close leaves no timer behind and drops what comes later', async () => {
  const { clock, writes, recorder } = setUp();
  recorder.record(report());
  await clock.advance(0);
  expect(clock.sleeping).toBe(1);
  recorder.close();
  recorder.record(report({ name: 'late' }));
  await clock.advance(60 * MINUTE);
  expect(writes).toHaveLength(1);
  expect(clock.sleeping).toBe(0);
});
