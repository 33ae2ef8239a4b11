import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChartCluster } from '../support/chart/chart-cluster.ts';
import { RELEASE_NAMESPACE } from '../support/chart/helm.ts';
import { installChart, runInstalledOperator, uninstallChart } from '../support/chart/installed-chart.ts';
import { apiRequest, callAs } from '../support/cluster/api-request.ts';
import { eventually } from '../support/harness/eventually.ts';

/** Of the notes. */
const FIRST_KEY = '/apis/keywright.dev/v1alpha1/namespaces/demo/apikeys/first';

let given: ChartCluster;

beforeAll(async () => {
  given = await ChartCluster.start();
});
afterEach(() => uninstallChart(given.cluster));
afterAll(() => given[Symbol.asyncDispose]());

/** What the command in docs/operations.md makes, its random parts filled in. */
async function documentedKeyring(): Promise<string> {
  const page = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  const [keyring = ''] = /^\{"format".*\}$/m.exec(page) ?? [];
  return keyring
    .replace('$(openssl rand -hex 4)', randomBytes(4).toString('hex'))
    .replace('$(openssl rand -base64 32)', randomBytes(32).toString('base64'));
}

describe('a release of the chart', () => {
  // The first to run an operator: later tests go on with its keyring.
  it("waits for the keyring that is an admin's to make, and takes the one of docs/operations.md as it is", async () => {
    const { cluster, admin } = given;
    const notes = await installChart(cluster, { set: { 'keyring.existingSecret': 'keywright-keyring' } });
    expect(notes).toContain('It waits for the Secret keywright-keyring');
    await using operator = await runInstalledOperator(cluster, admin);
    const log = (): string => operator.logLines.join('\n');
    await eventually(() => expect(log()).toContain('--create-keyring=false leaves it to you'));
    const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/secrets`;
    expect(await apiRequest(admin, { path: `${path}/keywright-keyring` })).toMatchObject({ status: 404 });

    const data = { keks: Buffer.from(await documentedKeyring()).toString('base64') };
    const metadata = { name: 'keywright-keyring' };
    await callAs(admin, { method: 'POST', path, body: { metadata, type: 'keywright.dev/keyring', data } });
    await eventually(() => expect(log()).toContain('Opened the installation'));
    expect(await callAs(admin, { path: `${path}/keywright-keyring` })).toMatchObject({ data });
  });

  it('delivers the key its notes declare; an upgrade mints nothing, and an uninstall leaves all of it', async () => {
    const { cluster, admin } = given;
    const notes = await installChart(cluster);
    await given.createNamespace('demo');
    await given.declareNoted(notes);
    const operator = await runInstalledOperator(cluster, admin);
    const key = await given.firstKeyOnceReady('demo');
    const token = await given.token('demo');
    await operator[Symbol.asyncDispose]();

    await installChart(cluster, { set: { replicaCount: 3 } });
    await uninstallChart(cluster);
    expect(await given.token('demo')).toBe(token);

    await installChart(cluster);
    await using again = await runInstalledOperator(cluster, admin);
    await eventually(() => expect(again.logLines.join('\n')).toContain('Opened the installation'));
    const later = await given.firstKeyOnceReady('demo');
    expect(later.metadata?.['uid']).toBe(key.metadata?.['uid']);
    expect(later.status?.version).toBe(key.status?.version);
    expect(await given.token('demo')).toBe(token);
  });

  it('stands beside another one, if that one leaves CRDs and names to it', async () => {
    const { cluster, admin } = given;
    const second = 'keywright-second';
    await given.createNamespace(second);
    await installChart(cluster);
    await expect(installChart(cluster, {}, second)).rejects.toThrow(
      'CustomResourceDefinition "apikeys.keywright.dev" in namespace "" exists and cannot be imported into the current release',
    );
    const own = { 'crds.enabled': false, fullnameOverride: second };
    await installChart(cluster, { set: own }, second);
    await uninstallChart(cluster, second);
    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/apikeys.keywright.dev';
    expect(await callAs(admin, { path: crd })).not.toHaveProperty('metadata.deletionTimestamp');
  });

  // The last: it takes the keys of the others along.
  it('takes its CRDs along with crds.keep=false, and hangs on no key that was deleted before', async () => {
    const { cluster, admin } = given;
    await installChart(cluster, { set: { 'crds.keep': false } });
    await using operator = await runInstalledOperator(cluster, admin);
    await eventually(() => expect(operator.logLines.join('\n')).toContain('Opened the installation'));
    const kinds = ['apikeys', 'keyprojects'].map((plural) => `/apis/keywright.dev/v1alpha1/${plural}`);
    const count = async (path: string): Promise<number> =>
      ((await callAs(admin, { path })) as { readonly items: readonly unknown[] }).items.length;
    const [keys = '', projects = ''] = kinds;
    expect(await count(keys)).toBe(1);
    await callAs(admin, { method: 'DELETE', path: FIRST_KEY });
    await eventually(async () => expect(await count(keys)).toBe(0));
    await callAs(admin, { method: 'DELETE', path: projects });
    await eventually(async () => expect(await count(projects)).toBe(0));

    await uninstallChart(cluster);
    const crds = ['apikeys', 'cryptokeys', 'keyprojects'].map(
      (plural) => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.keywright.dev`,
    );
    await eventually(async () => {
      const answers = await Promise.all(crds.map((path) => apiRequest(admin, { path })));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    });
  });
});
