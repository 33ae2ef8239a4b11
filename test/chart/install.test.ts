import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChartCluster } from '../support/chart/chart-cluster.ts';
import { ciValuesFiles, RELEASE_NAMESPACE } from '../support/chart/helm.ts';
import { installChart, installedManifests, podTemplate, uninstallChart } from '../support/chart/installed-chart.ts';
import { applyMonitoringCrds } from '../support/chart/monitoring-crds.ts';
import { writePublishedSchemas } from '../support/chart/published-schemas.ts';
import { apiRequest, type ApiResponse } from '../support/cluster/api-request.ts';
import { runGoTool } from '../support/go/run-go-tool.ts';
import { applyObject, type Manifest } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';

const files = await ciValuesFiles();
let given: ChartCluster;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywright-chart-'));
  given = await ChartCluster.start();
  for (const name of ['payments-config', 'payments-prod']) await given.createNamespace(name);
  await applyMonitoringCrds(given.admin);
  // What the values with parts of others' count on.
  const account = { name: 'keys-operator', namespace: RELEASE_NAMESPACE };
  await applyObject(given.admin, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
});
afterEach(() => uninstallChart(given.cluster));
afterAll(async () => {
  await given[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** What the API server publishes of a CRD follows some time after the CRD. */
async function judgeByPublishedSchemas(manifests: readonly Manifest[]): Promise<void> {
  const path = await written('manifests.yaml', manifests);
  const location = await eventually(async () => {
    const schemas = await writePublishedSchemas(given.admin, join(folder, 'schemas'));
    const report = await runGoTool('kubeconform', ['-summary', '-schema-location', schemas, path]);
    expect(report).toContain(`Valid: ${manifests.length}, Invalid: 0, Errors: 0, Skipped: 0`);
    return schemas;
  });
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
  const wrong = await written(
    'wrong.yaml',
    deployments.map((deployment) => ({ ...deployment, bogus: 1 })),
  );
  await expect(runGoTool('kubeconform', ['-schema-location', location, wrong])).rejects.toThrow(
    "at '': additional properties 'bogus' not allowed",
  );
}

async function written(name: string, manifests: readonly Manifest[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, manifests.map((manifest) => stringify(manifest)).join('---\n'));
  return path;
}

/** What the API server, admission included, answers to a pod in the operator's namespace. Nothing is kept. */
async function admit(pod: object): Promise<ApiResponse> {
  const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods?dryRun=All`;
  return await apiRequest(given.admin, { method: 'POST', path, body: pod });
}

describe('the chart installed with', () => {
  it.each(files)(
    '%s is as the server and kubeconform see fit, and its pod is admitted under "restricted"',
    async (file) => {
      await installChart(given.cluster, { files: [file] });
      const manifests = await installedManifests(given.cluster);
      await judgeByPublishedSchemas(manifests);
      const { metadata, spec } = podTemplate(manifests);
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'judged' }, spec };
      // The quota of its priority class is a matter of the namespace kube-system.
      expect(await admit({ ...pod, spec: { ...spec, priorityClassName: undefined } })).toMatchObject({ status: 201 });
      const { securityContext: _, ...lax } = spec;
      const refused = await admit({ ...pod, spec: { ...lax, priorityClassName: undefined } });
      expect(refused.status).toBe(403);
      expect(refused.body).toContain('violates PodSecurity');
    },
  );
});
