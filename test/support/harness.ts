/**
 * What integration and fault tests share: the run's cluster, seen as its admin or as a ServiceAccount,
 * and namespaces of a test's own. Beside it, in harness/: applyManifests, eventually, recordWatch.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import type { KubeClient } from '../../src/kube/client/client.ts';
import type { ClusterConfig } from '../../src/kube/config/cluster-config.ts';
import { createKubeClient } from '../../src/kube/client/http-client.ts';
import { kubeconfigConfig } from '../../src/kube/config/kubeconfig.ts';
import { createTransport } from '../../src/kube/transport/transport.ts';
import { systemClock } from '../../src/system-clock.ts';
import { apiRequest, callAs, type ApiConnection, type ApiRequest } from './cluster/api-request.ts';
import { readKubeconfig } from './cluster/kubeconfig-file.ts';
import { requestToken } from './cluster/request-token.ts';
import { eventually } from './harness/eventually.ts';
import { staticToken } from './static-token.ts';

/** The admin's way past the code under test, for arranging and for judging. */
export function adminConnection(): Promise<ApiConnection> {
  return readKubeconfig(inject('kubeconfig'));
}

/** What createTransport needs to reach the run's cluster as its admin. */
export function adminConfig(): Promise<ClusterConfig> {
  return kubeconfigConfig(inject('kubeconfig'), { readFile: (path) => readFile(path, 'utf8'), clock: systemClock });
}

export async function adminClient(): Promise<KubeClient> {
  return clientFor(await adminConfig());
}

/** The same cluster as the named ServiceAccount, with a token from the TokenRequest API. */
async function serviceAccountConfig(namespace: string, name: string): Promise<ClusterConfig> {
  const { server, tls } = await adminConfig();
  return {
    server,
    tls,
    credentials: staticToken(await requestToken(await adminConnection(), namespace, name)),
    namespace,
  };
}

export async function serviceAccountClient(namespace: string, name: string): Promise<KubeClient> {
  return clientFor(await serviceAccountConfig(namespace, name));
}

/** A client of the code under test, on connections of its own. They end with the worker. */
export function clientFor(config: ClusterConfig): KubeClient {
  const transport = createTransport({ ...config, clock: systemClock, userAgent: 'keywright-test' });
  return createKubeClient({ transport, clock: systemClock, random: Math.random });
}

/** A name that no other test has, short enough to be part of other names: "team-3f9a1c". */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(3).toString('hex')}`;
}

/** Creates a namespace and returns its name. It stays until the cluster ends, unless the test deletes it. */
export async function createNamespace(
  name: string = uniqueName('test'),
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  await adminCall({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
  });
  return name;
}

/** Asks for the namespace to be deleted; with `wait`, resolves when it is gone, after about 5 s. */
export async function deleteNamespace(name: string, { wait = false }: { readonly wait?: boolean } = {}): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  await adminCall({ method: 'DELETE', path });
  if (!wait) return;
  const connection = await adminConnection();
  await eventually(
    async () => {
      const { status } = await apiRequest(connection, { path });
      if (status !== 404) throw new Error(`namespace ${name} still exists`);
    },
    { timeoutMs: 30_000 },
  );
}

/** Creates a ServiceAccount without any right. */
export async function createServiceAccount(namespace: string, name: string): Promise<void> {
  await adminCall({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
  });
}

/** One call as the admin, past the code under test. @throws unless the answer is a success. */
export async function adminCall(call: ApiRequest): Promise<unknown> {
  return callAs(await adminConnection(), call);
}
