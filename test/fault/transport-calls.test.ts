import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { type Credentials, type Identity, tokenFileCredentials } from '../../src/kube/transport/credentials.ts';
import type { ServerTime } from '../../src/kube/transport/server-clock.ts';
import { LEASES, NAMESPACES, SECRETS } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { scriptedSession } from '../support/scripted-session.ts';
import {
  cutAfter,
  inTurn,
  json,
  pieces,
  refusal,
  type Reply,
  reset,
  type ScriptedRequest,
  silence,
  text,
} from '../support/scripted-server.ts';

const ref = { namespace: 'default', name: 'token' };
const stored = { apiVersion: 'v1', kind: 'Secret', metadata: { ...ref, uid: 'u', resourceVersion: '7' } };
const ok = json(200, stored);
const busy = refusal(429, 'TooManyRequests', { headers: { 'retry-after': '0' } });
const starting = refusal(503, 'ServiceUnavailable', { headers: { 'retry-after': '0' } });

type Send = (client: KubeClient, deadlineMs?: number) => Promise<unknown>;
const writes: Readonly<Record<string, Send>> = {
  create: (client, deadlineMs = 5_000) => client.create(SECRETS, stored, { deadlineMs }),
  update: (client, deadlineMs = 5_000) => client.update(SECRETS, stored, { deadlineMs }),
  updateStatus: (client, deadlineMs = 5_000) => client.updateStatus(SECRETS, stored, { deadlineMs }),
  patch: (client, deadlineMs = 5_000) => client.patch(SECRETS, ref, {}, { deadlineMs }),
  delete: (client, deadlineMs = 5_000) =>
    client.delete(SECRETS, ref, { uid: 'u', resourceVersion: '7' }, { deadlineMs }),
};
const reads: Readonly<Record<string, Send>> = {
  get: (client, deadlineMs = 5_000) => client.get(SECRETS, ref, { deadlineMs }),
  list: (client, deadlineMs = 5_000) => client.list(SECRETS, { deadlineMs }),
};

test.each(Object.entries(writes))('KubeClient repeats %s when the server turned it away', async (_, send) => {
  await using given = await scriptedSession(inTurn(busy, starting, ok));
  await send(given.client);
  expect(given.server.requests).toHaveLength(3);
  expect(new Set(given.server.requests.map((request) => request.body)).size).toBe(1);
});

const unknownOutcomes: readonly { name: string; reply: Reply; want: object; deadlineMs?: number }[] = [
  { name: 'the connection breaks', reply: reset(), want: { name: 'ConnectionError', code: 'reset' } },
  { name: 'the answer is cut', reply: cutAfter('{"kind":'), want: { name: 'ConnectionError', code: 'reset' } },
  { name: 'no answer comes', reply: silence(), want: { name: 'ConnectionError', code: 'timeout' }, deadlineMs: 300 },
  { name: 'the answer is no JSON', reply: text(200, '!'), want: { name: 'ConnectionError', code: 'malformed' } },
  { name: 'the server fails', reply: refusal(500, 'InternalError'), want: { name: 'ApiError', status: 500 } },
  { name: 'a proxy has no server', reply: text(503, 'none'), want: { name: 'ApiError', status: 503 } },
  {
    name: 'the server gives up on the work',
    reply: refusal(504, 'Timeout', { headers: { 'retry-after': '0' } }),
    want: { name: 'ApiError', status: 504 },
  },
];
const unknownOutcomesOfWrites = unknownOutcomes.flatMap((row) =>
  Object.entries(writes).map(([verb, send]) => ({ ...row, verb, send })),
);
test.each(unknownOutcomesOfWrites)(
  'KubeClient never repeats $verb when $name',
  async ({ send, reply, want, deadlineMs }) => {
    await using given = await scriptedSession(() => reply);
    await expect(send(given.client, deadlineMs)).rejects.toMatchObject(want);
    await pause(60);
    expect(given.server.requests.map((request) => request.method)).toHaveLength(1);
  },
);

const passing: readonly { name: string; reply: Reply }[] = [
  { name: 'reset', reply: reset() },
  { name: 'a cut answer', reply: cutAfter('{"kind":') },
  { name: '500', reply: refusal(500, 'InternalError') },
  { name: '502 from a proxy', reply: text(502, '<html>') },
  { name: '429', reply: busy },
];
const list = json(200, { kind: 'SecretList', metadata: { resourceVersion: '9' }, items: [] });
test.each(passing)('KubeClient repeats reads after $name', async ({ reply }) => {
  await using given = await scriptedSession((request, index) => {
    if (index % 2 === 0) return reply;
    return request.url.endsWith('/token') ? ok : list;
  });
  expect(await given.client.get(SECRETS, ref)).toEqual(stored);
  expect(await given.client.list(SECRETS)).toEqual({ items: [], resourceVersion: '9' });
  expect(given.server.requests).toHaveLength(4);
});

test('KubeClient repeats reads until a server that was away is back', async () => {
  await using given = await scriptedSession(() => ok);
  await given.client.get(SECRETS, ref);
  await given.server.stop();
  const read = given.client.get(SECRETS, ref, { deadlineMs: 5_000 });
  await pause(100);
  await given.server.restart();
  expect(await read).toEqual(stored);
});

test('KubeClient reports a server that is away as refused', async () => {
  await using given = await scriptedSession(() => ok);
  await given.server.stop();
  for (const send of Object.values({ ...writes, ...reads })) {
    await expect(send(given.client, 200)).rejects.toMatchObject({ name: 'ConnectionError', code: 'refused' });
  }
});

test('KubeClient throws a refusal at once when the server asks for more time than there is', async () => {
  await using given = await scriptedSession(
    inTurn(refusal(429, 'TooManyRequests', { headers: { 'retry-after': '60' } })),
  );
  const startedMs = performance.now();
  await expect(writes['create']?.(given.client)).rejects.toMatchObject({ status: 429, retryAfterMs: 60_000 });
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(given.server.requests).toHaveLength(1);
});

test.each(Object.entries({ ...writes, ...reads }))('KubeClient ends %s at its deadline', async (_, send) => {
  await using given = await scriptedSession(() => silence());
  await expect(send(given.client, 200)).rejects.toMatchObject({ name: 'ConnectionError', code: 'timeout' });
});

test.each(Object.entries(reads))('KubeClient ends %s at its deadline although bytes keep dripping', async (_, send) => {
  const drip: Reply = async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    while (!response.destroyed) {
      response.write(' ');
      await pause(20);
    }
  };
  await using given = await scriptedSession(() => drip);
  await expect(send(given.client, 300)).rejects.toMatchObject({ name: 'ConnectionError', code: 'timeout' });
});

test('KubeClient rejects with the reason of the signal and closes the connection', async () => {
  await using given = await scriptedSession(() => silence());
  const abort = new AbortController();
  const reason = new Error('shutting down');
  const read = given.client.get(SECRETS, ref, { signal: abort.signal });
  const outcome = expect(read).rejects.toBe(reason);
  await given.server.received(1);
  abort.abort(reason);
  await outcome;
  await expect.poll(() => given.server.openConnections).toBe(0);
});

test('KubeClient never sends a write whose deadline passed while it waited for a connection', async () => {
  await using given = await scriptedSession(inTurn(silence(), ok), { poolSize: 1 });
  const abort = new AbortController();
  const blocking = given.client.get(SECRETS, ref, { signal: abort.signal }).catch(() => {});
  await given.server.received(1);
  const startedMs = performance.now();
  await expect(writes['create']?.(given.client, 200)).rejects.toMatchObject({ code: 'timeout' });
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  abort.abort(new Error('frees the connection'));
  await blocking;
  await given.client.get(SECRETS, ref);
  expect(given.server.requests.map((request) => request.method)).toEqual(['GET', 'GET']);
});

test('KubeClient cuts an answer that exceeds the size cap', async () => {
  const endless: Reply = async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const megabyte = ' '.repeat(1024 * 1024);
    while (!response.destroyed) await new Promise((resolve) => response.write(megabyte, resolve));
  };
  await using given = await scriptedSession(() => endless);
  await expect(given.client.get(SECRETS, ref)).rejects.toMatchObject({ name: 'ConnectionError', code: 'too-large' });
  expect(given.server.requests).toHaveLength(1);
});

test('KubeClient reads an answer that comes in pieces', async () => {
  const parts = JSON.stringify({ ...stored, data: { token: 'ä€😀' } });
  await using given = await scriptedSession(() => pieces([...Buffer.from(parts)].map((byte) => Uint8Array.of(byte))));
  expect(await given.client.get(SECRETS, ref)).toEqual({ ...stored, data: { token: 'ä€😀' } });
});

const garbage = ['hunter2', '{"kind":"Status","message":"hunter2"', '"hunter2"', '[]', '{"hunter2":1}'];
test.each(garbage)('KubeClient quotes nothing of the answer %j', async (body) => {
  await using given = await scriptedSession((_, index) => text(index % 2 === 0 ? 200 : 403, body));
  for (const want of [{ code: 'malformed' }, { name: 'ApiError', status: 403, reason: '' }]) {
    const error = await given.client.get(SECRETS, ref).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject(want);
    expect(`${String((error as Error).stack)} ${JSON.stringify(error)}`).not.toContain('hunter2');
  }
});

test('KubeClient quotes nothing of an answer that is no HTTP', async () => {
  const noise: Reply = (response) => void response.socket?.end('hunter2 hunter2\r\n\r\nhunter2');
  await using given = await scriptedSession(() => noise);
  const error = await given.client.create(SECRETS, stored).catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ name: 'ConnectionError', code: 'malformed' });
  expect(error).not.toHaveProperty('cause');
  expect(`${String((error as Error).stack)} ${JSON.stringify(error)}`).not.toContain('hunter2');
});

test('KubeClient sends what the API asks for', async () => {
  const namespace = { metadata: { name: 'team-a', resourceVersion: '7' } };
  const lease = { metadata: { namespace: 'default', name: 'leader' } };
  await using given = await scriptedSession((request) => (request.url.includes('limit') ? list : ok), {
    userAgent: 'scripted/1.0',
  });
  const { client, server } = given;
  await client.list(SECRETS, { labelSelector: 'a in (b)', limit: 5, continueToken: 'x/y=', metadataOnly: true });
  await client.create(LEASES, lease);
  await client.updateStatus(NAMESPACES, namespace);
  await client.patch(SECRETS, ref, { a: 1 });
  await client.delete(SECRETS, ref, { uid: 'u', resourceVersion: '7' });

  const brief = server.requests.map(({ method, url, body, headers }) => [method, url, headers['content-type'], body]);
  expect(brief).toEqual([
    ['GET', '/api/v1/secrets?labelSelector=a+in+%28b%29&limit=5&continue=x%2Fy%3D', undefined, ''],
    ['POST', '/apis/coordination.k8s.io/v1/namespaces/default/leases', 'application/json', JSON.stringify(lease)],
    ['PUT', '/api/v1/namespaces/team-a/status', 'application/json', JSON.stringify(namespace)],
    ['PATCH', '/api/v1/namespaces/default/secrets/token', 'application/merge-patch+json', '{"a":1}'],
    [
      'DELETE',
      '/api/v1/namespaces/default/secrets/token',
      'application/json',
      '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"7"}}',
    ],
  ]);
  expect(server.requests[0]?.headers).toMatchObject({
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'user-agent': 'scripted/1.0',
    authorization: 'Bearer abc',
  });
});

test('KubeClient puts the path of the server URL before its own', async () => {
  await using given = await scriptedSession(() => ok);
  const server = `${given.server.url}/k8s/clusters/c-1/`;
  await using prefixed = await scriptedSession(() => ok, { server });
  await prefixed.client.get(SECRETS, ref);
  expect(given.server.requests[0]?.url).toBe('/k8s/clusters/c-1/api/v1/namespaces/default/secrets/token');
});

test('KubeClient refuses an update without resourceVersion before anything is sent', async () => {
  await using given = await scriptedSession(() => ok);
  const unversioned = { metadata: ref };
  await expect(given.client.update(SECRETS, unversioned)).rejects.toThrow(TypeError);
  await expect(given.client.updateStatus(SECRETS, { metadata: { ...ref, resourceVersion: '' } })).rejects.toThrow(
    TypeError,
  );
  expect(given.server.requests).toEqual([]);
});

/** A server that knows only the newest token, and a file that carries the older one until it is read again. */
function rotatingToken(readings: readonly string[]): {
  readonly credentials: Credentials;
  readonly reads: () => number;
} {
  let reads = 0;
  const readFile = async (): Promise<string> => readings[Math.min(reads++, readings.length - 1)] as string;
  return { credentials: tokenFileCredentials({ path: '/token', readFile, clock: systemClock }), reads: () => reads };
}
const onlyFor = (token: string) => (request: ScriptedRequest) =>
  request.headers.authorization === `Bearer ${token}` ? ok : refusal(401, 'Unauthorized');

test.each(Object.entries(writes))(
  'KubeClient sends %s again with a token that was renewed after 401',
  async (_, send) => {
    const { credentials, reads: readings } = rotatingToken(['old', 'new']);
    await using given = await scriptedSession(onlyFor('new'), { credentials });
    await send(given.client);
    expect(given.server.requests.map((request) => request.headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
    expect(readings()).toBe(2);
  },
);

test('KubeClient reads the token once more after 401 and then gives up', async () => {
  const { credentials, reads: readings } = rotatingToken(['old', 'older']);
  await using given = await scriptedSession(onlyFor('new'), { credentials });
  await expect(given.client.get(SECRETS, ref)).rejects.toMatchObject({ status: 401, reason: 'Unauthorized' });
  expect(given.server.requests).toHaveLength(2);
  expect(readings()).toBe(2);
});

test('KubeClient ends a call at its deadline while credentials are slow', async () => {
  const slow: Credentials = { current: () => new Promise<Identity>(() => {}), renewed: async (rejected) => rejected };
  await using given = await scriptedSession(() => ok, { credentials: slow });
  await expect(given.client.get(SECRETS, ref, { deadlineMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
});

test('Transport makes 1000 reads over no more connections than its pool has', async () => {
  await using given = await scriptedSession(() => ok, { poolSize: 4 });
  for (let round = 0; round < 50; round += 1) {
    await Promise.all(Array.from({ length: 20 }, () => given.client.get(SECRETS, ref)));
  }
  expect(given.server.requests).toHaveLength(1_000);
  expect(given.opened()).toBeLessThanOrEqual(4);
  expect(given.server.connectionCount).toBe(given.opened());
});

test('Transport needs no more than two connections for reads one after the other', async () => {
  await using given = await scriptedSession(() => ok);
  for (let round = 0; round < 30; round += 1) await given.client.get(SECRETS, ref);
  // A connection counts as busy for a moment after its answer.
  expect(given.opened()).toBeLessThanOrEqual(2);
});

test('Transport reports each exchange, retries included', async () => {
  await using given = await scriptedSession(inTurn(busy, reset(), ok));
  await given.client.get(SECRETS, ref);
  const about = { verb: 'get', group: '', resource: 'secrets' };
  expect(given.observations).toMatchObject([
    { ...about, code: '429' },
    { ...about, code: 'reset' },
    { ...about, code: '200' },
  ]);
  for (const { durationMs } of given.observations) expect(durationMs).toBeGreaterThan(0);
});

test('Transport tells what time it is on the server by each answer of it that says so in words that are a date', async () => {
  const times: ServerTime[] = [];
  const dated = (date: string): Reply => json(200, stored, { date, 'audit-id': 'e1' });
  const ofProxy = json(200, stored, { date: 'Tue, 06 Apr 2027 06:07:08 GMT' });
  const script = inTurn(
    dated('Mon, 05 Apr 2027 06:07:08 GMT'),
    ofProxy,
    dated('soon'),
    dated('Mon, 05 Apr 2027 06:07:09 GMT'),
  );
  await using given = await scriptedSession(script, { onServerTime: (time) => times.push(time) });
  for (let calls = 0; calls < 4; calls += 1) await given.client.get(SECRETS, ref);
  expect(times.map(({ date }) => date.toISOString())).toEqual(['2027-04-05T06:07:08.000Z', '2027-04-05T06:07:09.000Z']);
  for (const { sentMs, receivedMs } of times) expect(receivedMs).toBeGreaterThan(sentMs);
});

test('Transport.close lets a running call end and refuses later ones', async () => {
  const slow: Reply = async (response, request) => {
    await pause(50);
    await ok(response, request);
  };
  await using given = await scriptedSession(() => slow);
  const read = given.client.get(SECRETS, ref);
  await given.server.received(1);
  const closed = given.transport.close();
  expect(await read).toEqual(stored);
  await closed;
  await expect.poll(() => given.server.openConnections).toBe(0);
  await expect(given.client.get(SECRETS, ref)).rejects.toMatchObject({ name: 'ConnectionError', code: 'closed' });
});
