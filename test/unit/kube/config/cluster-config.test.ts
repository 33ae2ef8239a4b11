import { expect, test } from 'vitest';
import { inClusterConfig } from '../../../../src/kube/config/cluster-config.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
const files: Readonly<Record<string, string>> = {
  [`${folder}/token`]: 'pod-token\n',
  [`${folder}/ca.crt`]: 'PEM of the CA',
  [`${folder}/namespace`]: 'team-a\n',
};
const readFile = async (path: string): Promise<string> => {
  const content = files[path];
  if (content === undefined) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
  return content;
};
const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

test('inClusterConfig takes server, token, CA and namespace from where every pod has them', async () => {
  const config = await inClusterConfig({ env, readFile, clock: new FakeClock() });
  expect(config).toMatchObject({ server: 'https://10.96.0.1:443', namespace: 'team-a' });
  expect(await config.credentials.current()).toEqual({ headers: { authorization: 'Bearer pod-token' } });
  expect(await config.tls.loadCa?.()).toBe('PEM of the CA');
});

test('inClusterConfig puts an IPv6 address in brackets', async () => {
  const sources = { env: { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' }, readFile, clock: new FakeClock() };
  expect((await inClusterConfig(sources)).server).toBe('https://[fd00::1]:443');
});

test('inClusterConfig refuses to guess the server outside a pod', async () => {
  await expect(inClusterConfig({ env: {}, readFile, clock: new FakeClock() })).rejects.toThrow(
    'KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is not set',
  );
});
