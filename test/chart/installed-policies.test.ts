import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChartCluster } from '../support/chart/chart-cluster.ts';
import { CHART, helm, RELEASE, RELEASE_NAMESPACE } from '../support/chart/helm.ts';
import { installChart, runInstalledOperator, uninstallChart } from '../support/chart/installed-chart.ts';
import { callAs } from '../support/cluster/api-request.ts';
import { dry, expectDenied, merge } from '../support/harness/attempt.ts';

const RELEASE_ANNOTATION = 'keywright.dev/release';

let given: ChartCluster;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywright-chart-'));
  given = await ChartCluster.start();
});
afterEach(() => uninstallChart(given.cluster));
afterAll(async () => {
  await given[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Path of a copy of the chart with CRDs that say they are of another release. */
async function chartWithCrdsOf(release: string): Promise<string> {
  const copy = join(folder, `chart-${release}`);
  await cp(CHART, copy, { recursive: true });
  const crds = join(copy, 'templates/crds');
  for (const name of await readdir(crds)) {
    const text = await readFile(join(crds, name), 'utf8');
    await writeFile(join(crds, name), text.replace(/(keywright\.dev\/release: ).+/, `$1${release}`));
  }
  return copy;
}

describe('the policies that the chart installs', () => {
  it('let its own operator write delivered Secrets, and nobody else', async () => {
    const { cluster, admin } = given;
    // Before the policies: until the API server has read all KeyProjects, the one about namespaces refuses new ones.
    const namespace = 'guarded';
    for (const name of [namespace, 'payments-config', 'payments-prod']) await given.createNamespace(name);
    const values = { files: ['ci/policies-values.yaml'], set: { 'serviceAccount.name': 'minter' } };
    const notes = await installChart(cluster, values);
    const planted = { metadata: { name: 'planted', labels: { 'keywright.dev/managed': 'true' } } };
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    await expectDenied(admin, dry({ method: 'POST', path, body: planted }), 'keywright-managed-secrets');
    await using _operator = await runInstalledOperator(cluster, admin);
    await given.declareNoted(notes, (json) => json.replaceAll('"demo"', JSON.stringify(namespace)));
    await given.firstKeyOnceReady(namespace);
    await expectDenied(admin, merge(`${path}/first`, { data: { token: 'AAAA' } }), 'keywright-managed-secrets');
  });

  it('keep its CRDs from those of an older release, where the one against that is on', async () => {
    const { cluster, admin } = given;
    const second = 'keywright-second';
    await given.createNamespace(second);
    await installChart(cluster, { set: { 'policies.crdDowngrade.enabled': true } });
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/apikeys.keywright.dev';
    const older = { metadata: { annotations: { [RELEASE_ANNOTATION]: '0.0.1' } } };
    await expectDenied(admin, dry(merge(path, older)), 'keywright-crd-downgrade');
    const chart = await chartWithCrdsOf('0.0.1');
    const upgrade = helm(['upgrade', RELEASE, chart, `--namespace=${RELEASE_NAMESPACE}`], cluster.kubeconfigPath);
    await expect(upgrade).rejects.toThrow('fields that keys use would be lost');
    expect(await callAs(admin, { path })).not.toMatchObject(older);

    const own = { 'crds.enabled': false, fullnameOverride: second, 'policies.crdDowngrade.enabled': true };
    await expect(installChart(cluster, { set: own }, second)).rejects.toThrow(
      'ValidatingAdmissionPolicy "keywright-crd-downgrade" in namespace "" exists and cannot be imported into the current release',
    );
  });
});
