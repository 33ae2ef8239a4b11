import { afterAll, expect, test } from 'vitest';
import { apiKey } from '../../support/builders.ts';
import { apiRequest, type ApiResponse } from '../../support/cluster/api-request.ts';
import { readKubeconfig } from '../../support/cluster/kubeconfig-file.ts';
import { callAs } from '../../support/harness.ts';
import { applyObject, type Manifest } from '../../support/harness/apply-manifests.ts';
import { CleanClusters } from '../../support/harness/clean-clusters.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { installOperatorRoles, SHIPPED_NAMESPACE } from '../../support/harness/operator-roles.ts';

const NAMESPACES = '/api/v1/namespaces';

const clusters = new CleanClusters(SHIPPED_NAMESPACE);
afterAll(() => clusters.stop());

async function ask(kubeconfig: string, path: string): Promise<ApiResponse> {
  return apiRequest(await readKubeconfig(kubeconfig), { path });
}

async function namesAt(kubeconfig: string, path: string): Promise<readonly string[]> {
  const { items } = JSON.parse((await ask(kubeconfig, path)).body) as {
    items: readonly { metadata: { name: string } }[];
  };
  return items.map(({ metadata }) => metadata.name);
}

async function apply(kubeconfig: string, manifest: Manifest): Promise<void> {
  await applyObject(await readKubeconfig(kubeconfig), manifest);
}

test('CleanClusters lends a cluster again without what was written to it, however it was meant to stay', async () => {
  const first = await clusters.lend();
  const namespaces = await namesAt(first, NAMESPACES);
  await apply(first, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  const metadata = { name: 'kept', namespace: 'team', finalizers: ['example.com/never'] };
  await apply(first, { apiVersion: 'v1', kind: 'Secret', metadata });
  const key = apiKey('team/kept', 'team').environment('production').build();
  await apply(first, { ...key, metadata: { ...key.metadata, ...metadata } });
  await installOperatorRoles('second', await readKubeconfig(first));

  clusters.takeBack(first);
  expect(await clusters.lend()).toBe(first);
  expect(await namesAt(first, NAMESPACES)).toEqual(namespaces);
  for (const path of ['/api/v1/secrets', '/apis/keywright.dev/v1alpha1/apikeys']) {
    expect(await namesAt(first, path)).toEqual([]);
  }
  // The operator's own roles are part of it, and a namespace of the same name is a new one.
  await installOperatorRoles(SHIPPED_NAMESPACE, await readKubeconfig(first));
  await apply(first, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  await apply(first, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kept', namespace: 'team' } });
  clusters.takeBack(first);
});

test('CleanClusters ends a cluster that comes back without its roles', async () => {
  const kubeconfig = await clusters.lend();
  const connection = await readKubeconfig(kubeconfig);
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/keywright-delivery-keywright-system';
  await callAs(connection, { method: 'DELETE', path });
  clusters.takeBack(kubeconfig);
  await eventually(() => expect(apiRequest(connection, { path })).rejects.toThrow('ECONNREFUSED'));
});

test('CleanClusters takes back only what it lent', () => {
  expect(() => clusters.takeBack('/etc/kubernetes/admin.conf')).toThrow('is not lent');
});
