import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { WatchEvent, WatchOptions } from '../../src/kube/client/client.ts';
import { tokenFileCredentials } from '../../src/kube/transport/credentials.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { scriptedSession } from '../support/scripted-session.ts';
import { eventLine, inTurn, json, pieces, refusal, reset, silence, text } from '../support/scripted-server.ts';

const secret = (resourceVersion: string): Secret => ({
  metadata: { namespace: 'default', name: 'token', resourceVersion },
});
const added = eventLine('ADDED', secret('1'));
const bookmark = eventLine('BOOKMARK', { metadata: { resourceVersion: '2' } });
const options: WatchOptions = { timeoutSeconds: 300 };

interface Ended {
  readonly types: readonly string[];
  readonly error: unknown;
}

/** Reads a watch to its end. */
async function ended(events: AsyncIterable<WatchEvent<Secret>>): Promise<Ended> {
  const types: string[] = [];
  try {
    for await (const { type } of events) types.push(type);
  } catch (error) {
    return { types, error };
  }
  return { types, error: undefined };
}

test('KubeClient.watch yields events until the server closes the stream', async () => {
  await using given = await scriptedSession(() => pieces([added.slice(0, 9), added.slice(9) + bookmark]));
  expect(await ended(given.client.watch(SECRETS, options))).toEqual({ types: ['ADDED', 'BOOKMARK'], error: undefined });
  await expect.poll(() => given.server.openConnections).toBe(0);
});

test('KubeClient.watch yields an event while the stream stays open', async () => {
  await using given = await scriptedSession(() => pieces([added], { keepOpen: true }));
  for await (const event of given.client.watch(SECRETS, options)) {
    expect(event).toEqual({ type: 'ADDED', object: secret('1') });
    break;
  }
  await expect.poll(() => given.server.openConnections).toBe(0);
});

const status = { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old: hunter2' };
const broken: readonly { name: string; parts: readonly string[]; want: object }[] = [
  {
    name: 'an ERROR event',
    parts: [added, eventLine('ERROR', status)],
    want: { name: 'ApiError', status: 410, reason: 'Expired', message: 'Could not watch secrets: 410 Expired' },
  },
  {
    name: 'an ERROR event without a Status',
    parts: [added, eventLine('ERROR', { hunter2: 1 })],
    want: { name: 'ApiError', status: 500, reason: '' },
  },
  { name: 'a line that is cut', parts: [added, bookmark.slice(0, 20)], want: { code: 'aborted-stream' } },
  { name: 'a line that is not JSON', parts: [added, 'hunter2\n'], want: { code: 'malformed' } },
  { name: 'a line that is no event', parts: [added, '{"type":"hunter2"}\n'], want: { code: 'malformed' } },
  { name: 'an event of an unknown type', parts: [added, eventLine('X', secret('2'))], want: { code: 'malformed' } },
  { name: 'an event without object', parts: [added, eventLine('ADDED', null)], want: { code: 'malformed' } },
];
test.each(broken)('KubeClient.watch yields what came before $name, then throws', async ({ parts, want }) => {
  await using given = await scriptedSession(() => pieces(parts));
  const { types, error } = await ended(given.client.watch(SECRETS, options));
  expect(types).toEqual(['ADDED']);
  expect(error).toMatchObject(want);
  expect(String((error as Error).stack)).not.toContain('hunter2');
  await expect.poll(() => given.server.openConnections).toBe(0);
});

test('KubeClient.watch throws reset when the connection breaks between events', async () => {
  await using given = await scriptedSession(() => async (response) => {
    response.writeHead(200);
    response.write(added, () => setTimeout(() => response.socket?.resetAndDestroy(), 20));
  });
  const { types, error } = await ended(given.client.watch(SECRETS, options));
  expect(types).toEqual(['ADDED']);
  expect(error).toMatchObject({ name: 'ConnectionError', code: 'reset' });
});

test('KubeClient.watch throws too-large for a line without end', async () => {
  await using given = await scriptedSession(() => async (response) => {
    response.writeHead(200);
    const megabyte = 'x'.repeat(1024 * 1024);
    while (!response.destroyed) await new Promise((resolve) => response.write(megabyte, resolve));
  });
  expect((await ended(given.client.watch(SECRETS, options))).error).toMatchObject({ code: 'too-large' });
});

test('KubeClient.watch outlives the timeouts of calls while the server says nothing', async () => {
  const timeouts = { headersMs: 200, bodyMs: 200 };
  await using given = await scriptedSession(
    () => async (response) => {
      response.writeHead(200).flushHeaders();
      // Timers of undici look at the clock each half second.
      await pause(2_000);
      response.end(added);
    },
    { timeouts },
  );
  const watch = given.client.watch(SECRETS, { ...options, deadlineMs: 300 });
  expect(await ended(watch)).toEqual({ types: ['ADDED'], error: undefined });
});

test('KubeClient.watch ends with the reason of the signal while it waits', async () => {
  await using given = await scriptedSession(() => pieces([added], { keepOpen: true }));
  const abort = new AbortController();
  const reason = new Error('shutting down');
  const watch = given.client.watch(SECRETS, { ...options, signal: abort.signal });
  const types: string[] = [];
  const reading = (async () => {
    for await (const { type } of watch) types.push(type);
  })();
  await expect.poll(() => types).toEqual(['ADDED']);
  abort.abort(reason);
  await expect(reading).rejects.toBe(reason);
  await expect.poll(() => given.server.openConnections).toBe(0);
});

test('KubeClient.watch ends with the reason of the signal although more events lie ready', async () => {
  await using given = await scriptedSession(() => pieces([added + added + added], { keepOpen: true }));
  const abort = new AbortController();
  const reason = new Error('shutting down');
  const types: string[] = [];
  const reading = (async () => {
    for await (const { type } of given.client.watch(SECRETS, { ...options, signal: abort.signal })) {
      types.push(type);
      abort.abort(reason);
    }
  })();
  await expect(reading).rejects.toBe(reason);
  expect(types).toEqual(['ADDED']);
});

test('KubeClient.watch ends with the reason of the signal while it is being opened', async () => {
  await using given = await scriptedSession(() => silence());
  const abort = new AbortController();
  const reason = new Error('shutting down');
  const reading = ended(given.client.watch(SECRETS, { ...options, signal: abort.signal }));
  await given.server.received(1);
  abort.abort(reason);
  expect((await reading).error).toBe(reason);
  await expect.poll(() => given.server.openConnections).toBe(0);
});

test('KubeClient.watch gives up opening at its deadline', async () => {
  await using given = await scriptedSession(() => silence());
  const { error } = await ended(given.client.watch(SECRETS, { ...options, deadlineMs: 100 }));
  expect(error).toMatchObject({ name: 'ConnectionError', code: 'timeout' });
  await expect.poll(() => given.server.openConnections).toBe(0);
});

test('KubeClient.watch waits out 429 while it is being opened', async () => {
  const busy = refusal(429, 'TooManyRequests', { headers: { 'retry-after': '0' } });
  await using given = await scriptedSession(inTurn(busy, busy, pieces([added])));
  expect(await ended(given.client.watch(SECRETS, options))).toEqual({ types: ['ADDED'], error: undefined });
});

const refusals = [
  { name: '410', reply: refusal(410, 'Expired'), want: { name: 'ApiError', status: 410, reason: 'Expired' } },
  { name: '500', reply: refusal(500, 'InternalError'), want: { name: 'ApiError', status: 500 } },
  { name: 'a page of a proxy', reply: text(403, '<html>'), want: { name: 'ApiError', status: 403, reason: '' } },
  { name: 'reset', reply: reset(), want: { name: 'ConnectionError', code: 'reset' } },
  { name: '204', reply: text(204, ''), want: { name: 'ConnectionError', code: 'malformed' } },
];
test.each(refusals)('KubeClient.watch does not repeat an opening that met $name', async ({ reply, want }) => {
  await using given = await scriptedSession(() => reply);
  expect((await ended(given.client.watch(SECRETS, options))).error).toMatchObject(want);
  expect(given.server.requests).toHaveLength(1);
  await expect.poll(() => given.server.openConnections).toBe(0);
});

test('KubeClient.watch opens again with a token that was renewed after 401', async () => {
  let reads = 0;
  const readFile = async (): Promise<string> => (reads++ === 0 ? 'old' : 'new');
  const credentials = tokenFileCredentials({ path: '/token', readFile, clock: systemClock });
  await using given = await scriptedSession(
    (request) => (request.headers.authorization === 'Bearer new' ? pieces([added]) : refusal(401, 'Unauthorized')),
    { credentials },
  );
  expect(await ended(given.client.watch(SECRETS, options))).toEqual({ types: ['ADDED'], error: undefined });
  expect(given.observations.map(({ verb, code }) => [verb, code])).toEqual([
    ['watch', '401'],
    ['watch', '200'],
  ]);
});

const queries: readonly { name: string; given: WatchOptions; want: string }[] = [
  {
    name: 'always asks for bookmarks',
    given: { ...options, resourceVersion: '7' },
    want: '/api/v1/secrets?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=7',
  },
  {
    name: 'asks for the initial state from any version on',
    given: { ...options, namespace: 'default', sendInitialEvents: true, labelSelector: 'a=b' },
    want:
      '/api/v1/namespaces/default/secrets?watch=true&allowWatchBookmarks=true&labelSelector=a%3Db&timeoutSeconds=300' +
      '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=',
  },
];
test.each(queries)('KubeClient.watch $name', async (row) => {
  await using given = await scriptedSession(() => pieces([]));
  await ended(given.client.watch(SECRETS, { ...row.given, metadataOnly: true }));
  expect(given.server.requests[0]).toMatchObject({
    url: row.want,
    headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
  });
});

test('KubeClient.watch leaves the connections of calls alone', async () => {
  await using given = await scriptedSession(
    (request) => (request.url.includes('watch=') ? pieces([added], { keepOpen: true }) : json(200, secret('1'))),
    { poolSize: 1 },
  );
  const ref = { namespace: 'default', name: 'token' };
  const watches = [1, 2, 3].map(() => given.client.watch(SECRETS, options)[Symbol.asyncIterator]());
  for (const watch of watches) await watch.next();
  for (let round = 0; round < 20; round += 1) await given.client.get(SECRETS, ref);
  expect(given.opened()).toBe(4);
  for (const watch of watches) await watch.return?.();
  await expect.poll(() => given.server.openConnections).toBe(1);
});

test('Transport.close cuts open watches', async () => {
  await using given = await scriptedSession(() => pieces([added], { keepOpen: true }));
  const watch = given.client.watch(SECRETS, options)[Symbol.asyncIterator]();
  await watch.next();
  const next = expect(watch.next()).rejects.toMatchObject({ name: 'ConnectionError', code: 'closed' });
  await given.transport.close();
  await next;
  expect((await ended(given.client.watch(SECRETS, options))).error).toMatchObject({ code: 'closed' });
});
