import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import { objectKey } from '../../../../src/kube/objects/objects.ts';
import { Reflector } from '../../../../src/kube/cache/reflector.ts';
import type { ReflectorOptions } from '../../../../src/kube/cache/reflector.ts';
import { SECRETS } from '../../../../src/kube/objects/resource.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FedClient, at } from '../../../support/fed-client.ts';
import type { FedObject } from '../../../support/fed-client.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

const gone = new ApiError({ status: 410, reason: 'Expired', message: 'scripted' });
const badRequest = new ApiError({ status: 400, reason: 'BadRequest', message: 'scripted' });
const reset = new ConnectionError('reset', 'scripted');
const HALF_OF_FIRST_BACKOFF_MS = 400;

let clock: FakeClock;
let client: FedClient;
let logger: RecordingLogger;
/** What the sink was told, one word for each call. */
let told: string[];
let stop: AbortController;
let running: Promise<void>;
let reflector: Reflector<FedObject, FedObject>;

const text = (object: FedObject): string => `${objectKey(object)}@${object.metadata.resourceVersion}`;

function start(options: Partial<ReflectorOptions<FedObject, FedObject>> = {}): void {
  reflector = new Reflector<FedObject, FedObject>({
    client,
    resource: SECRETS,
    selection: {},
    sink: {
      convert: (raw) => raw,
      replace: (items) => told.push(`list ${items.map(text).join(' ')}`),
      set: (object) => told.push(`set ${text(object)}`),
      remove: (object) => told.push(`remove ${text(object)}`),
      bookmark: () => told.push('bookmark'),
    },
    clock,
    random: () => 0.5,
    logger,
    ...options,
  });
  running = reflector.run(stop.signal);
}

/** Starts with object "a" listed at version 5 and a watch open from version 9. */
async function startSettled(options: Partial<ReflectorOptions<FedObject, FedObject>> = {}): Promise<void> {
  client.onWatch = (watch, index) => index === 0 && watch.send('ADDED', at('a', 5)).initialEventsEnd(9);
  start(options);
  await clock.advance(0);
  told = [];
}

const versionsWatched = (): (string | undefined)[] => client.watches.map(({ options }) => options.resourceVersion);

beforeEach(() => {
  clock = new FakeClock();
  client = new FedClient();
  logger = new RecordingLogger();
  told = [];
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await running;
  expect(clock.sleeping).toBe(0);
});

describe('Reflector at the start', () => {
  test('takes the initial state from the watch and goes on with it', async () => {
    client.onWatch = (watch) => {
      watch.send('ADDED', at('a', 1), at('b', 2)).send('MODIFIED', at('a', 3)).send('DELETED', at('b', 4));
      watch.initialEventsEnd(4).send('ADDED', at('c', 5));
    };
    start();
    await clock.advance(0);
    expect(told).toEqual(['list a@3', 'set c@5']);
    expect(client.lists).toEqual([]);
    expect(client.current.options).toMatchObject({ sendInitialEvents: true, timeoutSeconds: 450 });
    expect(client.current.options.resourceVersion).toBeUndefined();
  });

  test.each([
    { name: 'answers 400', script: () => client.current.fail(badRequest) },
    { name: 'closes the stream before its end', script: () => client.current.send('ADDED', at('a', 1)).close() },
    { name: 'sends an ordinary bookmark first', script: () => client.current.send('ADDED', at('a', 1)).bookmark(2) },
  ])('falls back to lists for good when the server $name', async ({ script }) => {
    client.onList = () => ({ items: [at('a', 1)], resourceVersion: '9' });
    start();
    await clock.advance(0);
    script();
    await clock.advance(0);
    expect(told).toEqual(['list a@1']);
    expect(client.lists).toMatchObject([{ limit: 500 }]);
    client.current.fail(gone);
    await clock.advance(HALF_OF_FIRST_BACKOFF_MS);
    expect(client.lists).toHaveLength(2);
    expect(versionsWatched()).toEqual([undefined, '9', '9']);
  });

  test('falls back to lists when the initial state never comes', async () => {
    start({ bookmarkPeriodMs: 1_000 });
    await clock.advance(3_000);
    expect(client.lists).toHaveLength(1);
  });

  test('asks for the initial state again after a cut', async () => {
    start();
    await clock.advance(0);
    client.current.send('ADDED', at('a', 1)).fail(reset);
    await clock.advance(HALF_OF_FIRST_BACKOFF_MS);
    client.current.send('ADDED', at('b', 1)).initialEventsEnd(2);
    await clock.advance(0);
    expect(client.lists).toEqual([]);
    expect(told).toEqual(['list b@1']);
  });

  test('keeps trying while the server refuses lists', async () => {
    client.onWatch = (watch, index) => index === 0 && watch.fail(badRequest);
    client.onList = (_, index) => {
      if (index < 5) throw new ApiError({ status: 403, reason: 'Forbidden', message: 'scripted' });
      return { items: [], resourceVersion: '9' };
    };
    start();
    await clock.advance(60_000);
    expect(told).toEqual(['list ']);
  });
});

describe('Reflector in a watch', () => {
  test('passes on events and watches on at once from the last one when the server closes the stream', async () => {
    await startSettled();
    client.current.send('MODIFIED', at('a', 10)).send('DELETED', at('a', 11)).send('ADDED', at('b', 12));
    await clock.advance(1_000);
    client.current.close();
    await clock.advance(0);
    expect(told).toEqual(['set a@10', 'remove a@11', 'set b@12']);
    expect(versionsWatched()).toEqual([undefined, '12']);
  });

  test('watches on from the last bookmark', async () => {
    await startSettled();
    client.current.bookmark(40);
    await clock.advance(1_000);
    client.current.close();
    await clock.advance(0);
    expect(versionsWatched()).toEqual([undefined, '40']);
    expect(told).toEqual(['bookmark']);
  });

  test.each([
    { name: 'connection refused', error: new ConnectionError('refused', 'scripted') },
    { name: 'a reset', error: reset },
    { name: 'a truncated line', error: new ConnectionError('aborted-stream', 'scripted') },
    { name: 'a malformed line', error: new ConnectionError('malformed', 'scripted') },
    { name: '429', error: new ApiError({ status: 429, reason: 'TooManyRequests', message: 'scripted' }) },
    { name: '500', error: new ApiError({ status: 500, reason: 'InternalError', message: 'scripted' }) },
  ])('watches on from the last event after $name, without the complete state', async ({ error }) => {
    await startSettled();
    client.onList = () => ({ items: [at('a', 10)], resourceVersion: '10' });
    client.current.send('MODIFIED', at('a', 10)).fail(error);
    await clock.advance(HALF_OF_FIRST_BACKOFF_MS - 1);
    expect(client.watches).toHaveLength(1);
    await clock.advance(1);
    expect(versionsWatched()).toEqual([undefined, '10']);
    expect(client.lists).toMatchObject([{ limit: 1, metadataOnly: true }]);
    expect(told).toEqual(['set a@10']);
  });

  test('takes the complete state again when the server came back with an older state than it had', async () => {
    let noticed = 0;
    await startSettled({ onOlderState: () => (noticed += 1) });
    client.onList = () => ({ items: [], resourceVersion: '8' });
    client.current.send('MODIFIED', at('a', 10)).fail(reset);
    await clock.advance(HALF_OF_FIRST_BACKOFF_MS);
    await clock.advance(2 * HALF_OF_FIRST_BACKOFF_MS);
    client.current.send('ADDED', at('a', 5)).initialEventsEnd(9);
    await clock.advance(0);
    expect(versionsWatched()).toEqual([undefined, undefined]);
    expect(told).toEqual(['set a@10', 'list a@5']);
    expect(noticed).toBe(1);
  });

  test('asks once after a cut where the server is, until it gets an answer', async () => {
    await startSettled();
    client.onList = (_, index) => {
      if (index === 0) throw reset;
      return { items: [], resourceVersion: '100' };
    };
    client.current.fail(reset);
    await clock.advance(HALF_OF_FIRST_BACKOFF_MS);
    expect(client.watches).toHaveLength(1);
    await clock.advance(2 * HALF_OF_FIRST_BACKOFF_MS);
    expect(versionsWatched()).toEqual([undefined, '9']);
    client.current.bookmark(120);
    await clock.advance(1_000);
    client.current.close();
    await clock.advance(0);
    expect(versionsWatched()).toEqual([undefined, '9', '120']);
    expect(client.lists).toHaveLength(2);
  });

  test('takes the complete state again after 410', async () => {
    await startSettled();
    client.current.fail(gone);
    await clock.advance(HALF_OF_FIRST_BACKOFF_MS);
    client.current.send('ADDED', at('b', 20)).initialEventsEnd(21);
    await clock.advance(0);
    expect(versionsWatched()).toEqual([undefined, undefined]);
    expect(told).toEqual(['list b@20']);
  });

  test('reconnects after three silent bookmark periods', async () => {
    await startSettled();
    client.onList = () => ({ items: [], resourceVersion: '10' });
    await clock.advance(170_000);
    client.current.bookmark(10);
    await clock.advance(179_999);
    expect(client.watches).toHaveLength(1);
    await clock.advance(1 + HALF_OF_FIRST_BACKOFF_MS);
    expect(versionsWatched()).toEqual([undefined, '10']);
    expect(client.watches[0]?.options.signal?.aborted).toBe(true);
  });

  test('backs off from the second of watches that end at once', async () => {
    await startSettled();
    client.onWatch = (watch) => watch.close();
    client.current.close();
    await clock.advance(0);
    expect(client.watches).toHaveLength(2);
    await clock.advance(60_000);
    expect(client.watches.length).toBeLessThan(12);
  });

  test('doubles the wait up to 30 s and starts afresh after two quiet minutes', async () => {
    await startSettled();
    client.onWatch = (watch) => watch.fail(reset);
    client.current.fail(reset);
    await clock.advance(0);
    const waitsMs: (number | undefined)[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      waitsMs.push(clock.nextWakeMs);
      await clock.advance(clock.nextWakeMs ?? 0);
    }
    expect(waitsMs).toEqual([400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]);

    client.onWatch = () => {};
    await clock.advance(clock.nextWakeMs ?? 0);
    await clock.advance(120_001);
    client.current.fail(reset);
    await clock.advance(0);
    expect(clock.nextWakeMs).toBe(400);
  });

  test('waits at least as long as the server asked', async () => {
    await startSettled();
    client.current.fail(
      new ApiError({ status: 429, reason: 'TooManyRequests', message: 'scripted', retryAfterMs: 7_000 }),
    );
    await clock.advance(0);
    expect(clock.nextWakeMs).toBe(7_000);
  });

  test('tells an outage, in which attempts go on, from activity', async () => {
    await startSettled();
    const activeMs = reflector.lastActivityMs;
    client.onWatch = (watch) => watch.fail(reset);
    client.current.fail(reset);
    await clock.advance(300_000);
    expect(reflector.lastActivityMs).toBe(activeMs);
    expect(clock.monotonicMs() - reflector.lastAttemptMs).toBeLessThanOrEqual(30_000);
  });

  test('says in its log where it stood and no word of an error of unknown origin', async () => {
    await startSettled();
    client.current.fail(new SyntaxError('Unexpected token in hunter2'));
    await clock.advance(0);
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'Lost the watch', fields: { resource: 'secrets', error: 'SyntaxError' } },
    ]);
    expect(logger.text).not.toContain('hunter2');
  });
});

describe('Reflector that the server refuses', () => {
  const refused = (status: number): ApiError => new ApiError({ status, reason: 'Refused', message: 'scripted' });
  let access: (number | undefined)[];

  beforeEach(() => {
    access = [];
    client.onWatch = (watch, index) =>
      void (index === 0 ? watch.open().send('ADDED', at('a', 5)).initialEventsEnd(9) : 0);
    start({ onAccess: (refusal) => void access.push(refusal) });
  });

  test.each([401, 403])(
    'with %i tries again every 2 s from where it was, and logs it once in a row',
    async (status) => {
      await clock.advance(0);
      client.onWatch = (watch, index) => (index < 6 ? watch.fail(refused(status)) : void watch.open());
      client.current.close();
      await clock.advance(0);
      expect(access).toEqual([undefined, status]);
      await clock.advance(8_000);
      expect(client.watches).toHaveLength(6);
      expect(access).toEqual([undefined, status, status, status, status, status]);
      expect(logger.lines).toHaveLength(1);

      await clock.advance(2_000);
      expect(access.at(-1)).toBeUndefined();
      expect(versionsWatched()).toEqual([undefined, '9', '9', '9', '9', '9', '9']);
    },
  );

  test('tells nothing of a server that is away', async () => {
    await clock.advance(0);
    client.onWatch = () => {};
    client.current.fail(reset);
    await clock.advance(HALF_OF_FIRST_BACKOFF_MS);
    expect(access).toEqual([undefined]);
  });
});
