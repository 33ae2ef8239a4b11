import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KeyProject } from '../../src/api/generated/key-project.ts';
import { ChartCluster } from '../support/chart/chart-cluster.ts';
import { RELEASE_NAMESPACE } from '../support/chart/helm.ts';
import { installChart, runInstalledOperator, uninstallChart } from '../support/chart/installed-chart.ts';
import { callAs } from '../support/cluster/api-request.ts';
import { isGranted } from '../support/harness/access-review.ts';
import { applyObject } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf } from '../support/key-world.ts';

const AUTHORS = 'payments-config';
const TARGET = 'payments-prod';
const READ_SECRETS = { group: '', resource: 'secrets', verb: 'get' };

let given: ChartCluster;

beforeAll(async () => {
  given = await ChartCluster.start();
  for (const name of [AUTHORS, TARGET]) await given.createNamespace(name);
});
afterEach(() => uninstallChart(given.cluster));
afterAll(() => given[Symbol.asyncDispose]());

/** Reasons of the events about a KeyProject. */
async function eventsAbout(project: string): Promise<readonly string[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=regarding.name=${project}`;
  const { items } = (await callAs(given.admin, { path })) as { readonly items: readonly { readonly reason: string }[] };
  return items.map(({ reason }) => reason);
}

/** Gives a user one of the roles that every cluster has, in one namespace. */
async function bind(role: string, { user, namespace }: { user: string; namespace: string }): Promise<void> {
  await applyObject(given.admin, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${user}-${role}`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

describe('the chart gives', () => {
  it('its operator rights on Secrets in named namespaces only, and keys and projects say where they end', async () => {
    const { cluster, admin } = given;
    const notes = await installChart(cluster, { files: ['ci/namespaced-values.yaml'] });
    // A project that serves a namespace which the chart was not told of, too.
    await given.createNamespace('elsewhere');
    await given.declareNoted(notes, (json) =>
      json
        .replaceAll('"demo"', '"payments"')
        .replace('"namespaces":["payments-config"]', '"namespaces":["payments-prod","elsewhere"]'),
    );
    await using _operator = await runInstalledOperator(cluster, admin);
    await eventually(async () => {
      const { status } = await given.firstKey(AUTHORS);
      const rows = status?.environments?.flatMap(({ namespaces = [] }) => namespaces) ?? [];
      expect(Object.fromEntries(rows.map(({ name, success, reason }) => [name, reason ?? success]))).toEqual({
        [TARGET]: true,
        elsewhere: 'Forbidden',
      });
    });
    expect(await given.token(TARGET)).not.toBe('');
    await eventually(async () => expect(await eventsAbout('payments')).not.toEqual([]));
    await applyObject(admin, {
      apiVersion: 'keywright.dev/v1alpha1',
      kind: 'KeyProject',
      metadata: { name: 'selecting' },
      spec: {
        displayName: 'Selecting',
        owner: { name: 'Demo team', email: 'demo@example.com' },
        authorNamespaces: [AUTHORS],
        environments: [{ name: 'test', namespaceSelector: { matchLabels: { tenant: 'payments' } } }],
      },
    });
    await eventually(async () => {
      const project = await callAs(admin, { path: '/apis/keywright.dev/v1alpha1/keyprojects/selecting' });
      expect(conditionOf(project as KeyProject)).toMatchObject({ status: 'False', reason: 'SelectorNotServed' });
    });
    const account = `system:serviceaccount:${RELEASE_NAMESPACE}:keywright`;
    const mayReadSecrets = (namespace: string): Promise<boolean> =>
      isGranted(admin, account, { ...READ_SECRETS, namespace });
    expect(await mayReadSecrets('kube-system')).toBe(false);
    expect(await mayReadSecrets('default')).toBe(false);
    expect(await mayReadSecrets(TARGET)).toBe(true);
  });

  it('the roles view and edit the sight of keys, and edit their declaration only when asked; keywright-edit makes an author', async () => {
    const { cluster, admin } = given;
    const roles = ['view', 'edit', 'keywright-edit'];
    for (const role of roles) await bind(role, { user: role, namespace: AUTHORS });
    const inAuthors = { group: 'keywright.dev', namespace: AUTHORS };
    const rights = async (user: string) => ({
      sees: await isGranted(admin, user, { ...inAuthors, resource: 'cryptokeys', verb: 'watch' }),
      declares: await isGranted(admin, user, { ...inAuthors, resource: 'apikeys', verb: 'create' }),
      reports: await isGranted(admin, user, {
        ...inAuthors,
        resource: 'apikeys',
        subresource: 'status',
        verb: 'update',
      }),
      makesProjects: await isGranted(admin, user, { ...inAuthors, resource: 'keyprojects', verb: 'create' }),
    });
    const looking = { sees: true, declares: false, reports: false, makesProjects: false };
    const declaring = { sees: true, declares: true, reports: false, makesProjects: false };

    await installChart(cluster);
    await eventually(async () => {
      expect([await rights('view'), await rights('edit')]).toEqual([looking, looking]);
      expect(await rights('keywright-edit')).toMatchObject(declaring);
    });
    expect(await isGranted(admin, 'view', { ...READ_SECRETS, namespace: AUTHORS })).toBe(false);

    await installChart(cluster, { set: { 'rbac.aggregateToEdit': true } });
    await eventually(async () => {
      expect([await rights('view'), await rights('edit')]).toEqual([looking, { ...looking, declares: true }]);
    });

    await installChart(cluster, { set: { 'rbac.aggregateToView': false } });
    const nothing = { ...looking, sees: false };
    await eventually(async () => {
      expect([await rights('view'), await rights('edit')]).toEqual([nothing, nothing]);
    });

    await installChart(cluster, { set: { 'rbac.aggregateToView': false, 'rbac.aggregateToEdit': true } });
    await eventually(async () => {
      expect([await rights('view'), await rights('edit')]).toEqual([nothing, { ...looking, declares: true }]);
    });
  });
});
