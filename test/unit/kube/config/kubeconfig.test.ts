import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { ClusterConfig } from '../../../../src/kube/config/cluster-config.ts';
import { kubeconfigConfig } from '../../../../src/kube/config/kubeconfig.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Given {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly files?: Readonly<Record<string, string>>;
}

/** Reads /home/dev/config, whose only context is made of what is given. */
function loaded(
  { cluster = {}, user = {}, context = {}, files = {} }: Given,
  clock = new FakeClock(),
): Promise<ClusterConfig> {
  const config = stringify({
    'current-context': 'dev',
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u', ...context } }],
    clusters: [{ name: 'c', cluster: { server: 'https://dev.invalid:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  });
  const readFile = async (path: string): Promise<string> => {
    const content = path === '/home/dev/config' ? config : files[path];
    if (content === undefined) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
    return content;
  };
  return kubeconfigConfig('/home/dev/config', { readFile, clock });
}

test('kubeconfigConfig reads server, namespace and TLS settings of the current context', async () => {
  const cluster = { 'certificate-authority-data': base64('PEM'), 'tls-server-name': 'api.internal' };
  const config = await loaded({ cluster, context: { namespace: 'team-a' } });
  expect(config).toMatchObject({
    server: 'https://dev.invalid:6443',
    namespace: 'team-a',
    tls: { serverName: 'api.internal', insecureSkipTlsVerify: false },
  });
  expect(await config.tls.loadCa?.()).toBe('PEM');
});

test('kubeconfigConfig leaves out what the file does not set', async () => {
  const config = await loaded({});
  expect(config.tls).toEqual({ insecureSkipTlsVerify: false });
  expect(config).not.toHaveProperty('namespace');
  expect(await config.credentials.current()).toEqual({ headers: {} });
});

test('kubeconfigConfig accepts any certificate when the file says so', async () => {
  expect((await loaded({ cluster: { 'insecure-skip-tls-verify': true } })).tls.insecureSkipTlsVerify).toBe(true);
});

test('kubeconfigConfig counts relative paths from the folder of the file', async () => {
  const files = { '/home/dev/pki/ca.pem': 'PEM' };
  const config = await loaded({ cluster: { 'certificate-authority': 'pki/ca.pem' }, files });
  expect(await config.tls.loadCa?.()).toBe('PEM');
});

const identities: readonly { name: string; given: Given; want: object }[] = [
  { name: 'a token', given: { user: { token: 'abc' } }, want: { headers: { authorization: 'Bearer abc' } } },
  {
    name: 'a token file, over a token',
    given: { user: { token: 'abc', tokenFile: '/run/token' }, files: { '/run/token': 'def\n' } },
    want: { headers: { authorization: 'Bearer def' } },
  },
  {
    name: 'an embedded certificate',
    given: { user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') } },
    want: { headers: {}, certificate: { cert: 'CERT', key: 'KEY' } },
  },
  {
    name: 'certificate files',
    given: {
      user: { 'client-certificate': 'me.crt', 'client-key': '/pki/me.key' },
      files: { '/home/dev/me.crt': 'CERT', '/pki/me.key': 'KEY' },
    },
    want: { headers: {}, certificate: { cert: 'CERT', key: 'KEY' } },
  },
  {
    name: 'impersonation beside a token',
    given: {
      user: { token: 'abc', as: 'jane', 'as-uid': '7', 'as-groups': ['dev', 'ops'], 'as-user-extra': { 'a/b': ['x'] } },
    },
    want: {
      headers: {
        authorization: 'Bearer abc',
        'impersonate-user': 'jane',
        'impersonate-uid': '7',
        'impersonate-group': ['dev', 'ops'],
        'impersonate-extra-a%2Fb': ['x'],
      },
    },
  },
];
test.each(identities)('kubeconfigConfig authenticates by $name', async ({ given, want }) => {
  expect(await (await loaded(given)).credentials.current()).toEqual(want);
});

test('kubeconfigConfig reads a rotated certificate file again after a minute', async () => {
  const clock = new FakeClock();
  const files = { '/pki/me.crt': 'CERT', '/pki/me.key': 'KEY' };
  const user = { 'client-certificate': '/pki/me.crt', 'client-key': '/pki/me.key' };
  const { credentials } = await loaded({ user, files }, clock);
  await credentials.current();
  files['/pki/me.crt'] = 'CERT 2';
  await clock.advance(60_000);
  expect(await credentials.current()).toMatchObject({ certificate: { cert: 'CERT 2' } });
});

const refused: readonly { name: string; given: Given; want: RegExp }[] = [
  { name: 'a proxy', given: { cluster: { 'proxy-url': 'http://p' } }, want: /proxy-url is not supported/ },
  {
    name: 'basic authentication',
    given: { user: { username: 'u', password: 'hunter2' } },
    want: /username, password is/,
  },
  {
    name: 'a certificate without key',
    given: { user: { 'client-certificate': 'a' } },
    want: /both certificate and key/,
  },
  {
    name: 'a token that is no text',
    given: { user: { token: ['hunter2'] } },
    want: /users\[0\]\.user\.token must be text/,
  },
  { name: 'a cluster that is missing', given: { context: { cluster: 'x' } }, want: /it has no cluster "x"/ },
  {
    name: 'a server that is missing',
    given: { cluster: { server: '' } },
    want: /clusters\[0\]\.cluster\.server must be set/,
  },
  { name: 'groups without a user to act as', given: { user: { 'as-groups': ['a'] } }, want: /need "as"/ },
  {
    name: 'an exec plugin without command',
    given: { user: { exec: { apiVersion: 'v1' } } },
    want: /command must be set/,
  },
];
test.each(refused)('kubeconfigConfig refuses $name', async ({ given, want }) => {
  const error: unknown = await loaded(given).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'KubeconfigError', message: expect.stringMatching(want) as string });
  expect(String(error)).not.toContain('hunter2');
});

test.each(['a: [hunter2', '- hunter2', 'hunter2', '\tuser: hunter2\n: :'])(
  'kubeconfigConfig refuses the text %j without quoting it',
  async (text) => {
    const options = { readFile: async () => text, clock: new FakeClock() };
    const error: unknown = await kubeconfigConfig('/config', options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'KubeconfigError' });
    expect(error).not.toHaveProperty('cause');
    expect(String((error as Error).stack)).not.toContain('hunter2');
  },
);

test.each(['current-context: dev\nclusters: [', 'kind: Config\nclusters\n'])(
  'kubeconfigConfig says of %j that it is not YAML, rather than what is missing in what could be read',
  async (text) => {
    const options = { readFile: async () => text, clock: new FakeClock() };
    await expect(kubeconfigConfig('/config', options)).rejects.toThrow('Cannot use the kubeconfig: it is not YAML');
  },
);

test('kubeconfigConfig takes the context that is asked for', async () => {
  const text = stringify({
    'current-context': 'dev',
    contexts: [
      { name: 'dev', context: { cluster: 'dev' } },
      { name: 'prod', context: { cluster: 'prod' } },
    ],
    clusters: [
      { name: 'dev', cluster: { server: 'https://dev.invalid' } },
      { name: 'prod', cluster: { server: 'https://prod.invalid' } },
    ],
  });
  const options = { readFile: async () => text, clock: new FakeClock(), context: 'prod' };
  expect((await kubeconfigConfig('/config', options)).server).toBe('https://prod.invalid');
});

/** An exec plugin that counts its runs in a file and prints what RESPONSE says. */
const pluginScript = `
const { appendFileSync, readFileSync } = require('node:fs');
appendFileSync('RUNS', 'x');
const { spec, apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
if (spec.interactive !== false) process.exit(1);
console.log(readFileSync('RESPONSE', 'utf8').replace('N', readFileSync('RUNS', 'utf8').length));
`;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exec-plugin-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function withPlugin(response: string, clock: FakeClock): Promise<ClusterConfig> {
  const script = join(folder, 'plugin.cjs');
  const [runs, answer] = [join(folder, 'runs'), join(folder, 'response')];
  await writeFile(runs, '');
  await writeFile(answer, response);
  await writeFile(script, pluginScript.replaceAll('RUNS', runs).replaceAll('RESPONSE', answer));
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: [script] };
  return loaded({ user: { exec, as: 'jane' } }, clock);
}

const credential = (status: object): string =>
  JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status });

test('kubeconfigConfig runs an exec plugin once for all who ask at once', async () => {
  const { credentials } = await withPlugin(credential({ token: 'run-N' }), new FakeClock());
  const both = await Promise.all([credentials.current(), credentials.current()]);
  const want = { headers: { authorization: 'Bearer run-1', 'impersonate-user': 'jane' } };
  expect(both).toEqual([want, want]);
});

test('kubeconfigConfig keeps the credential of an exec plugin until it expires', async () => {
  const clock = new FakeClock();
  const expired = await withPlugin(credential({ token: 'run-N', expirationTimestamp: '2000-01-01T00:00:00Z' }), clock);
  await expired.credentials.current();
  await clock.advance(60_000);
  expect((await expired.credentials.current()).headers).toMatchObject({ authorization: 'Bearer run-2' });

  const lasting = await withPlugin(credential({ token: 'run-N' }), clock);
  await lasting.credentials.current();
  await clock.advance(60_000);
  expect((await lasting.credentials.current()).headers).toMatchObject({ authorization: 'Bearer run-1' });
});

test('kubeconfigConfig runs an exec plugin again after a 401, although its credential is valid', async () => {
  const { credentials } = await withPlugin(credential({ token: 'run-N' }), new FakeClock());
  const renewed = await credentials.renewed(await credentials.current());
  expect(renewed.headers).toMatchObject({ authorization: 'Bearer run-2' });
});

test('kubeconfigConfig takes a client certificate from an exec plugin', async () => {
  const response = credential({ clientCertificateData: 'CERT', clientKeyData: 'KEY' });
  const { credentials } = await withPlugin(response, new FakeClock());
  expect(await credentials.current()).toMatchObject({ certificate: { cert: 'CERT', key: 'KEY' } });
});

test.each(['hunter2', credential({}), credential({ token: 'hunter2\n\u0001' })])(
  'kubeconfigConfig rejects without quoting it when an exec plugin prints %j',
  async (response) => {
    const { credentials } = await withPlugin(response, new FakeClock());
    const error: unknown = await credentials.current().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ConnectionError', code: 'credentials' });
    expect(String((error as Error).stack)).not.toContain('hunter2');
  },
);

test('kubeconfigConfig takes the token of an OIDC provider that is still valid', async () => {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  const idToken = `${part({ alg: 'none' })}.${part({ exp: 4_000_000_000 })}.c2ln`;
  const provider = { name: 'oidc', config: { 'id-token': idToken } };
  const { credentials } = await loaded({ user: { 'auth-provider': provider } });
  expect((await credentials.current()).headers).toEqual({ authorization: `Bearer ${idToken}` });
});
