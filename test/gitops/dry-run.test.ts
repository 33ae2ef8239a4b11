/** Everything that people apply, as kubectl would: the API server takes each object, and warns of none. */
import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ciValuesFiles, RELEASE_NAMESPACE, renderChart, renderText } from '../support/chart/helm.ts';
import { podTemplate } from '../support/chart/installed-chart.ts';
import { applyMonitoringCrds } from '../support/chart/monitoring-crds.ts';
import { readKubeconfig } from '../support/cluster/kubeconfig-file.ts';
import { startCluster } from '../support/cluster/start-cluster.ts';
import { ARGO_CD_MODULE } from '../support/gitops/argo-cd.ts';
import { applyArgoCdObjects } from '../support/gitops/argo-cd-objects.ts';
import { FLUX_MODULE } from '../support/gitops/flux.ts';
import { applyFluxObjects } from '../support/gitops/flux-objects.ts';
import { Kubectl } from '../support/gitops/kubectl.ts';
import { moduleFiles } from '../support/gitops/module-files.ts';
import { moduleFolder } from '../support/gitops/programs.ts';
import { builtExample } from '../support/gitops/team.ts';

const NAMESPACES = 'examples/quickstart/00-namespaces.yaml';
/** The chart's in ci/namespaced-values.yaml. */
const SERVED = 'payments-prod';

/** Kustomize builds the rest. */
const examples = (await readdir('examples', { recursive: true }))
  .filter((file) => file.endsWith('.yaml') && !/^gitops\/(projects|keys)\//.test(file))
  .map((file) => `examples/${file}`)
  .toSorted();
const valuesFiles = await ciValuesFiles();

const started = new AsyncDisposableStack();
let kubectl: Kubectl;

beforeAll(async () => {
  const cluster = started.adopt(await startCluster(), (running) => running.stop());
  const admin = await readKubeconfig(cluster.kubeconfigPath);
  kubectl = started.use(await Kubectl.of(admin));
  // What the objects lie in and are of, applied by the same kubectl, which says so if another did.
  await kubectl.run(['apply', '--filename=crds', `--filename=${NAMESPACES}`]);
  await kubectl.run(['wait', '--for=condition=Established', '--filename=crds', '--timeout=30s']);
  await kubectl.run(['apply', '--filename=-'], [RELEASE_NAMESPACE, SERVED].map(restricted).join('---\n'));
  await applyArgoCdObjects(admin, await moduleFiles(moduleFolder('argo-cd'), ARGO_CD_MODULE, 'manifests/crds'));
  await applyFluxObjects(
    admin,
    await moduleFiles(moduleFolder('kustomize-controller'), FLUX_MODULE, 'config/crd/bases'),
  );
  await applyMonitoringCrds(admin);
}, 120_000);
afterAll(() => started.disposeAsync());

/** A namespace in which the API server warns of every pod, and whatever makes pods, that is not "restricted". */
function restricted(name: string): string {
  const labels = { 'pod-security.kubernetes.io/warn': 'restricted' };
  return stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

/** @returns what kubectl says of each object. @throws on the first refusal or warning. */
async function dryRun(...args: readonly string[]): Promise<readonly string[]> {
  const output = await kubectl.run([...args, '--dry-run=server', '--warnings-as-errors']);
  return output.trim().split('\n');
}

async function applyText(text: string): Promise<readonly string[]> {
  const file = join(kubectl.folder, 'manifests.yaml');
  await writeFile(file, text);
  return await dryRun('apply', '--validate=strict', `--filename=${file}`);
}

test('every example applies, without a warning', async () => {
  const said = await dryRun('apply', '--validate=strict', ...examples.map((file) => `--filename=${file}`));
  expect(said.length).toBeGreaterThan(examples.length);
  for (const overlay of ['staging', 'production'] as const) {
    expect(await applyText(await builtExample(kubectl, overlay))).toEqual([
      'keyproject.keywright.dev/payments created (server dry run)',
      'apikey.keywright.dev/checkout created (server dry run)',
      'cryptokey.keywright.dev/data-encryption created (server dry run)',
    ]);
  }
});

test('everything in deploy applies, without a warning', async () => {
  const said = await dryRun('apply', '--validate=strict', '--filename=deploy/rbac', '--filename=deploy/policies');
  expect(said.length).toBeGreaterThan(15);
  const patch = ['configmap', 'argocd-cm', '--namespace=argocd', '--patch-file=deploy/argocd/argocd-cm.yaml'];
  expect(await dryRun('patch', ...patch)).toEqual([expect.stringMatching(/^configmap\/argocd-cm patched/)]);
});

test.each(valuesFiles)('what the chart renders with %s applies, without a warning', async (file) => {
  const said = await applyText(await renderText({ files: [file] }));
  expect(said).toHaveLength((await renderChart({ files: [file] })).length);
});

test('a refusal and a warning would be seen', async () => {
  const manifests = await renderChart({
    files: valuesFiles.filter((file) => basename(file) === 'default-values.yaml'),
  });
  const deployment = manifests.find(({ kind }) => kind === 'Deployment') ?? expect.fail('There is no Deployment');
  const { spec, metadata } = podTemplate(manifests);
  const lax = { ...spec, securityContext: {} };
  const withTemplate = (template: object): string =>
    stringify({ ...deployment, spec: { ...(deployment['spec'] as object), template: { metadata, ...template } } });
  await expect(applyText(withTemplate({ spec: lax }))).rejects.toThrow('would violate PodSecurity "restricted');
  await expect(applyText(withTemplate({ spec: { ...spec, bogus: 1 } }))).rejects.toThrow('unknown field');
});
