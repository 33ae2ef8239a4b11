import { beforeAll, expect, test } from 'vitest';
import { cachedCredentials, type Identity, staticCredentials } from '../../src/kube/transport/credentials.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { scriptedSession, type ScriptedSessionOptions } from '../support/scripted-session.ts';
import { json, refusal } from '../support/scripted-server.ts';
import { type SelfSigned, selfSigned } from '../support/self-signed.ts';

const ref = { namespace: 'default', name: 'token' };
const stored = { metadata: { ...ref, resourceVersion: '7' } };
const ok = json(200, stored);

let serverCertificate: SelfSigned;
let internal: SelfSigned;
let alice: SelfSigned;
let bob: SelfSigned;
beforeAll(async () => {
  [serverCertificate, internal, alice, bob] = await Promise.all([
    selfSigned('server'),
    selfSigned('internal', 'DNS:api.internal'),
    selfSigned('alice'),
    selfSigned('bob'),
  ]);
});

test('Transport makes 1000 reads over https with no more handshakes than its pool has connections', async () => {
  const tls = { loadCa: async () => serverCertificate.cert };
  await using given = await scriptedSession(() => ok, { serverCertificate, tls, poolSize: 4 });
  for (let round = 0; round < 50; round += 1) {
    await Promise.all(Array.from({ length: 20 }, () => given.client.get(SECRETS, ref)));
  }
  expect(given.opened()).toBeLessThanOrEqual(4);
  expect(given.server.connectionCount).toBe(given.opened());
});

test('Transport refuses a server whose certificate nobody vouches for', async () => {
  await using given = await scriptedSession(() => ok, { serverCertificate });
  const read = given.client.get(SECRETS, ref, { deadlineMs: 500 });
  await expect(read).rejects.toMatchObject({ name: 'ConnectionError', code: 'tls' });
  expect(given.server.requests).toEqual([]);
});

test('Transport refuses a certificate of another name', async () => {
  const tls = { loadCa: async () => internal.cert };
  await using given = await scriptedSession(() => ok, { serverCertificate: internal, tls });
  const read = given.client.get(SECRETS, ref, { deadlineMs: 500 });
  await expect(read).rejects.toMatchObject({ name: 'ConnectionError', code: 'tls' });
});

test('Transport looks for the server name it is told', async () => {
  const tls = { loadCa: async () => internal.cert, serverName: 'api.internal' };
  await using given = await scriptedSession(() => ok, { serverCertificate: internal, tls });
  expect(await given.client.get(SECRETS, ref)).toEqual(stored);
});

test('Transport accepts any certificate when told to', async () => {
  await using given = await scriptedSession(() => ok, { serverCertificate, tls: { insecureSkipTlsVerify: true } });
  expect(await given.client.get(SECRETS, ref)).toEqual(stored);
});

test('Transport asks for the CA at each handshake, so that a rotated one is picked up', async () => {
  let ca = internal.cert;
  await using given = await scriptedSession(() => ok, { serverCertificate, tls: { loadCa: async () => ca } });
  await expect(given.client.get(SECRETS, ref, { deadlineMs: 100 })).rejects.toMatchObject({ code: 'tls' });
  ca = serverCertificate.cert;
  expect(await given.client.get(SECRETS, ref)).toEqual(stored);
});

test('Transport rejects the call when the CA cannot be read', async () => {
  const loadCa = async (): Promise<string> => {
    throw new Error('disk');
  };
  await using given = await scriptedSession(() => ok, { serverCertificate, tls: { loadCa } });
  const read = given.client.get(SECRETS, ref, { deadlineMs: 200 });
  await expect(read).rejects.toMatchObject({ name: 'ConnectionError' });
});

const unusable: readonly { name: string; options: () => ScriptedSessionOptions }[] = [
  { name: 'CA', options: () => ({ tls: { loadCa: async () => 'hunter2' } }) },
  { name: 'CA in PEM', options: () => ({ tls: { loadCa: async () => pem('hunter2') } }) },
  {
    name: 'client certificate',
    options: () => ({
      tls: { loadCa: async () => serverCertificate.cert },
      credentials: staticCredentials({ headers: {}, certificate: { cert: pem('hunter2'), key: 'hunter2' } }),
    }),
  },
  {
    name: 'client certificate without CA',
    options: () => ({
      credentials: staticCredentials({ headers: {}, certificate: { cert: 'hunter2', key: 'hunter2' } }),
    }),
  },
];
const pem = (body: string): string => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
test.each(unusable)(
  'Transport rejects the call when the $name is unusable, without quoting it',
  async ({ options }) => {
    await using given = await scriptedSession(() => ok, { serverCertificate, ...options() });
    const error: unknown = await given.client.get(SECRETS, ref, { deadlineMs: 300 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ConnectionError', code: 'tls' });
    expect(`${String((error as Error).stack)} ${JSON.stringify(error)}`).not.toContain('hunter2');
    expect(given.server.requests).toEqual([]);
  },
);

test('Transport shows a client certificate, and a new one on new connections after 401', async () => {
  let identity: Identity = { headers: {}, certificate: alice };
  const credentials = cachedCredentials({ load: async () => identity, maxAgeMs: Infinity, clock: systemClock });
  const tls = { loadCa: async () => serverCertificate.cert };
  let allowed = 'alice';
  await using given = await scriptedSession(
    (request) => (request.clientName === allowed ? ok : refusal(401, 'Unauthorized')),
    { serverCertificate, tls, credentials },
  );
  await given.client.get(SECRETS, ref);

  allowed = 'bob';
  identity = { headers: {}, certificate: bob };
  await given.client.get(SECRETS, ref);
  expect(given.server.requests.map((request) => request.clientName)).toEqual(['alice', 'alice', 'bob']);
  await expect.poll(() => given.server.openConnections).toBe(1);
});
