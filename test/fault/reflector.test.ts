import { afterEach, beforeEach, expect, test } from 'vitest';
import { Informer } from '../../src/kube/cache/informer.ts';
import type { ObjectChange } from '../../src/kube/cache/object-change.ts';
import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { at } from '../support/fed-client.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { eventLine, json, pieces, refusal, reset, silence, text } from '../support/scripted-server.ts';
import type { Reply } from '../support/scripted-server.ts';
import { scriptedSession } from '../support/scripted-session.ts';

const KEY = 'default/a';
const added = (version: number, name = KEY): string => eventLine('ADDED', at(name, version));
const initialEventsEnd = (version: number): string =>
  eventLine('BOOKMARK', at('', version, { annotations: { 'k8s.io/initial-events-end': 'true' } }));
const open = (...lines: readonly (string | Uint8Array)[]): Reply => pieces(lines, { keepOpen: true });
const expired = { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old' };

let changes: ObjectChange<KubeObject>[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  changes = [];
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await running;
});

const parametersOf = ({ url }: { readonly url: string }): URLSearchParams => new URL(url, 'http://server').searchParams;
const isQuestion = (request: { readonly url: string }): boolean => parametersOf(request).get('limit') === '1';
/** Tells how far the server is. */
const present = json(200, { kind: 'SecretList', metadata: { resourceVersion: '1000' }, items: [] });

/**
 * Follows a server that answers first with `first` and later with `then`, one after the other; but for the question
 * how far it is.
 */
async function follow(
  first: Reply,
  ...then: readonly Reply[]
): Promise<{
  readonly urls: () => readonly (string | null)[];
  readonly informer: Informer<KubeObject, KubeObject>;
  readonly [Symbol.asyncDispose]: () => PromiseLike<void>;
}> {
  const replies = [first, ...then, silence()];
  let answered = 0;
  const given = await scriptedSession((request) => {
    if (isQuestion(request)) return present;
    answered += 1;
    return replies[Math.min(answered, replies.length) - 1] as Reply;
  });
  const informer = new Informer<KubeObject, KubeObject>({
    client: given.client,
    resource: SECRETS,
    transform: (raw) => raw,
    onChange: (change) => changes.push(change),
    clock: systemClock,
    random: () => 0,
    logger: new RecordingLogger(),
    bookmarkPeriodMs: 300,
  });
  running = informer.run(stop.signal);
  const urls = (): readonly (string | null)[] =>
    given.server.requests
      .filter((request) => !isQuestion(request))
      .map((request) => parametersOf(request).get('resourceVersion'));
  return { urls, informer, [Symbol.asyncDispose]: () => given[Symbol.asyncDispose]() };
}

const versions = (): readonly (string | undefined)[] => changes.map(({ object }) => object.metadata.resourceVersion);
const settled = [added(5), initialEventsEnd(9)];
const whole = eventLine('MODIFIED', at(KEY, 11));

test.each([
  { name: 'a line is cut in the middle', parts: [whole.slice(0, 40)] },
  { name: 'a line is no JSON', parts: ['hunter2\n'] },
  { name: 'a line holds no event', parts: ['{"type":"MODIFIED"}\n'] },
])('Reflector watches on from the last good version when $name', async ({ parts }) => {
  const first = pieces([...settled, eventLine('MODIFIED', at(KEY, 10)), ...parts]);
  await using given = await follow(first, open(whole));
  await expect.poll(versions).toEqual(['5', '10', '11']);
  expect(given.urls()).toEqual(['', '10']);
});

test.each([
  { name: 'connections are reset', fault: reset() },
  { name: 'a proxy has no server', fault: text(502, '<html>') },
  { name: 'the server is overloaded', fault: refusal(429, 'TooManyRequests', { headers: { 'retry-after': '0' } }) },
  { name: 'the server fails', fault: refusal(500, 'InternalError') },
])('Reflector watches on from the last version, without the complete state, while $name', async ({ fault }) => {
  await using given = await follow(pieces(settled), fault, fault, open(whole));
  await expect.poll(versions).toEqual(['5', '11']);
  expect(given.urls()).toEqual(['', '9', '9', '9']);
});

test.each([
  { name: 'an ERROR event says', fault: pieces([eventLine('ERROR', expired)]) },
  { name: 'the answer is', fault: refusal(410, 'Expired') },
])('Reflector takes the state again when $name 410, and reports what vanished', async ({ fault }) => {
  await using given = await follow(pieces(settled), fault, open(added(20, 'default/b'), initialEventsEnd(21)));
  await expect
    .poll(() =>
      changes
        .map(({ type, key }) => `${type} ${key}`)
        .slice(1)
        .toSorted(),
    )
    .toEqual(['added default/b', 'deleted default/a']);
  expect(given.urls()).toEqual(['', '9', '']);
});

test('Reflector falls back to a list when the server cannot stream its state', async () => {
  const page = json(200, { kind: 'SecretList', metadata: { resourceVersion: '9' }, items: [at(KEY, 5)] });
  await using given = await follow(refusal(422, 'Invalid'), page, open(whole));
  await expect.poll(versions).toEqual(['5', '11']);
  expect(given.urls()).toEqual(['', null, '9']);
});

test('Reflector reconnects when an open connection falls silent', async () => {
  await using given = await follow(open(...settled), silence(), open(whole));
  await expect.poll(versions, { timeout: 5_000 }).toEqual(['5', '11']);
  expect(given.urls()).toEqual(['', '9', '9']);
});

test('Reflector reads a line that drips in byte by byte', async () => {
  const drip = [...Buffer.from(settled.join(''))].map((byte) => Uint8Array.of(byte));
  await using given = await follow(open(...drip));
  await given.informer.whenSynced(AbortSignal.timeout(5_000));
  expect(versions()).toEqual(['5']);
});

test('Reflector reports a repeated event once', async () => {
  await using given = await follow(pieces([...settled, whole, whole]), open(whole, eventLine('DELETED', at(KEY, 12))));
  await expect.poll(versions).toEqual(['5', '11', '12']);
  expect(given.informer.lister.size).toBe(0);
});
