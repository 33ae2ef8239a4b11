import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ApiConnection } from '../cluster/api-request.ts';
import { applyManifests, applyObject, type Manifest } from '../harness/apply-manifests.ts';

const ROOT = join(import.meta.dirname, '../../..');
export const ARGO_CD_NAMESPACE = 'argocd';

/** What an Argo CD reads of its cluster, with the settings that are ours to ship and the default project. */
export async function applyArgoCdObjects(admin: ApiConnection, crds: string): Promise<void> {
  for (const name of ['application', 'appproject']) {
    await applyManifests(admin, join(crds, `${name}-crd.yaml`));
  }
  await applyObject(admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ARGO_CD_NAMESPACE } });
  const shipped = parse(await readFile(join(ROOT, 'deploy/argocd/argocd-cm.yaml'), 'utf8')) as {
    readonly data: Readonly<Record<string, string>>;
  };
  const tracking = { 'application.resourceTrackingMethod': 'annotation+label' };
  await applyObject(admin, part('ConfigMap', 'argocd-cm', { data: { ...shipped.data, ...tracking } }));
  await applyObject(admin, part('ConfigMap', 'argocd-rbac-cm', {}));
  await applyObject(admin, part('Secret', 'argocd-secret', { stringData: { 'server.secretkey': 'of no use here' } }));
  await applyObject(admin, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: ARGO_CD_NAMESPACE },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ namespace: '*', server: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  });
}

function part(kind: string, name: string, content: object): Manifest {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'argocd' };
  return { apiVersion: 'v1', kind, metadata: { name, namespace: ARGO_CD_NAMESPACE, labels }, ...content };
}
