/** Labels of namespaces that KeyProjects select by, and CRDs, where the policies about them are in force. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyProjectSpec } from '../../../src/api/generated/key-project.ts';
import { selectorMatches } from '../../../src/controllers/planning/targets.ts';
import { keyProject } from '../../support/builders.ts';
import { callAs, type ApiConnection, type ApiRequest } from '../../support/cluster/api-request.ts';
import { applyManifests, applyObject, type Manifest } from '../../support/harness/apply-manifests.ts';
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts';
import { dry, expectAllowed, expectDenied, merge, right, userWith } from '../../support/harness/attempt.ts';

const LABELS = 'keywright-namespace-labels';
/** Beside it, for the subresources of namespaces. */
const ELSEWHERE = `${LABELS}-elsewhere`;
const DOWNGRADE = 'keywright-crd-downgrade';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const RELEASE = 'keywright.dev/release';

type Labels = Readonly<Record<string, string>>;
type Selector = NonNullable<KeyProjectSpec['environments'][number]['namespaceSelector']>;

/** By environment, each with a label of its own so that none shadows another. */
const SELECTORS: Readonly<Record<string, Selector>> = {
  equal: { matchLabels: { equal: 'yes', both: 'yes' } },
  in: { matchExpressions: [{ key: 'in', operator: 'In', values: ['a', 'b'] }] },
  'not-in': {
    matchLabels: { notin: 'yes' },
    matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['a', 'b'] }],
  },
  exists: { matchExpressions: [{ key: 'exists', operator: 'Exists' }] },
  absent: { matchLabels: { absent: 'yes' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
};

let cluster: TestCluster;
let admin: ApiConnection;
/** May label namespaces, and nothing else. */
let labeller: ApiConnection;
/** May assign namespaces to "production" of "payments" too. */
let assigner: ApiConnection;

beforeAll(async () => {
  cluster = await startTestCluster();
  admin = cluster.connection;
  // Before the policies: until the API server has read all KeyProjects, the one about namespaces refuses new ones.
  await namespace('plain');
  await namespace('payments-staging');
  await namespace('payments-eu', { tenant: 'payments' });
  await applyManifests(admin, 'deploy/policies/namespace-labels.yaml');
  await applyManifests(admin, 'deploy/policies/crd-downgrade.yaml');
  const environments = Object.entries(SELECTORS);
  const everySelector = environments.reduce(
    (project, [name, namespaceSelector]) => project.environment(name, [], { namespaceSelector }),
    keyProject('selecting').authors('authors'),
  );
  const payments = keyProject('payments')
    .authors('authors')
    .environment('staging', ['payments-staging'])
    .environment('production', [], { namespaceSelector: { matchLabels: { tenant: 'payments' } } });
  for (const project of [everySelector, payments]) await applyObject(admin, project.build() as unknown as Manifest);
  const namespaces = { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'create', 'update', 'patch'] };
  labeller = await userWith(admin, 'labeller', [namespaces]);
  assigner = await userWith(admin, 'assigner', [
    namespaces,
    right('assign', 'keyprojectenvironments', 'payments.production'),
  ]);
  // From here on both policies are in force, and know both projects.
  await expectDenied(labeller, labelled('plain', { exists: '' }), LABELS);
  await expectDenied(labeller, labelled('plain', { tenant: 'payments' }), LABELS);
  await expectDenied(admin, released(null), DOWNGRADE);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

async function namespace(name: string, labels: Labels = {}): Promise<void> {
  await applyObject(admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

function labelled(name: string, labels: Readonly<Record<string, string | null>>): ApiRequest {
  return dry(merge(`/api/v1/namespaces/${name}`, { metadata: { labels } }));
}

function released(release: string | null): ApiRequest {
  return dry(merge(`${CRDS}/apikeys.keywright.dev`, { metadata: { annotations: { [RELEASE]: release } } }));
}

describe('the policy keywright-namespace-labels', () => {
  test('refuses labels that bring a namespace into an environment, and says which right is missing', async () => {
    await expectDenied(
      labeller,
      labelled('plain', { tenant: 'payments' }),
      LABELS,
      'labeller may not give namespace plain labels that bring it into payments.production: the verb assign',
      'kubectl auth can-i --list | grep keyprojectenvironments',
    );
    await expectAllowed(assigner, labelled('plain', { tenant: 'payments' }));
  });

  test('refuses to take away labels that keep a namespace in an environment', async () => {
    await expectDenied(labeller, labelled('payments-eu', { tenant: null }), LABELS, 'keep it in payments.production');
    await expectDenied(labeller, labelled('payments-eu', { tenant: 'orders' }), LABELS);
    await expectAllowed(assigner, labelled('payments-eu', { tenant: null }));
  });

  test('refuses to create a namespace with such labels', async () => {
    const create = (name: string, labels: Labels): ApiRequest =>
      dry({
        method: 'POST',
        path: '/api/v1/namespaces',
        body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
      });
    await expectDenied(labeller, create('fresh', { tenant: 'payments' }), LABELS);
    await expectAllowed(assigner, create('fresh', { tenant: 'payments' }));
    await expectAllowed(labeller, create('fresh', { tenant: 'orders' }));
  });

  test('leaves other labels and other metadata to everybody', async () => {
    await expectAllowed(labeller, labelled('plain', { tenant: 'orders', 'example.com/team': 'a' }));
    await expectAllowed(labeller, labelled('payments-eu', { 'example.com/team': 'a' }));
    const annotations = { metadata: { annotations: { note: 'a' } } };
    await expectAllowed(labeller, dry(merge('/api/v1/namespaces/payments-eu', annotations)));
  });

  test('refuses labels that come by a subresource, from everybody, and lets deletion go on by it', async () => {
    const path = '/api/v1/namespaces/plain';
    const there = (await callAs(admin, { path })) as Manifest & { readonly spec: object };
    const changed = { ...there, metadata: { ...there.metadata, labels: { tenant: 'payments' } } };
    const byStatus = (body: unknown): ApiRequest => dry(merge(`${path}/status`, body));
    const byFinalize = (body: unknown): ApiRequest => dry({ method: 'PUT', path: `${path}/finalize`, body });
    await expectDenied(admin, byStatus({ metadata: changed.metadata }), ELSEWHERE, 'not by its status or finalize');
    await expectDenied(admin, byFinalize(changed), ELSEWHERE);
    await expectAllowed(admin, byStatus({ status: { phase: 'Active' } }));
    await expectAllowed(admin, byFinalize({ ...there, spec: { ...there.spec, finalizers: [] } }));
  });

  test('leaves labels alone that change nothing, as an earlier environment lists the namespace', async () => {
    await expectAllowed(labeller, labelled('payments-staging', { tenant: 'payments' }));
  });

  test.each<Labels>([
    { equal: 'yes' },
    { equal: 'yes', both: 'yes' },
    { equal: 'no', both: 'yes' },
    { in: 'b' },
    { in: 'c' },
    { in: '' },
    { notin: 'yes' },
    { notin: 'yes', tier: 'b' },
    { notin: 'yes', tier: 'c' },
    { exists: '' },
    { absent: 'yes' },
    { absent: 'yes', tier: 'x' },
  ])('understands selectors as the operator does: %j', async (labels) => {
    const chosen = Object.keys(SELECTORS).find((name) => selectorMatches(SELECTORS[name] ?? {}, labels));
    if (chosen === undefined) await expectAllowed(labeller, labelled('plain', labels));
    else await expectDenied(labeller, labelled('plain', labels), LABELS, `into selecting.${chosen}:`);
  });
});

describe('the policy keywright-crd-downgrade', () => {
  test('refuses CRDs of an older release, and those of none, from everybody', async () => {
    const { path, ...call } = released('0.10.1');
    await callAs(admin, { ...call, path: path.replace('?dryRun=All', '') });
    for (const older of ['0.10.0', '0.9.12', '0.10.0-rc.1', 'unknown', '', null]) {
      await expectDenied(
        admin,
        released(older),
        DOWNGRADE,
        'CRD apikeys.keywright.dev is of release 0.10.1',
        'kubectl delete validatingadmissionpolicybinding keywright-crd-downgrade',
      );
    }
    for (const other of ['0.10.1', '0.10.2', '0.11.0', '1.0.0', '0.10.1-rc.1'])
      await expectAllowed(admin, released(other));
  });

  test('leaves other changes of our CRDs, and CRDs of others, alone', async () => {
    const labels = { metadata: { labels: { 'example.com/team': 'a' } } };
    await expectAllowed(admin, dry(merge(`${CRDS}/apikeys.keywright.dev`, labels)));
    const foreign = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com', annotations: { [RELEASE]: '2.0.0' } },
      spec: {
        group: 'example.com',
        scope: 'Cluster',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    await callAs(admin, { method: 'POST', path: CRDS, body: foreign });
    const older = { metadata: { annotations: { [RELEASE]: '1.0.0' } } };
    await expectAllowed(admin, dry(merge(`${CRDS}/widgets.example.com`, older)));
  });

  test('guards every CRD that the release brings, its status too', async () => {
    const { items } = (await callAs(admin, { path: CRDS })) as { items: readonly Manifest[] };
    const ours = items.map(({ metadata }) => metadata.name).filter((name) => name.endsWith('.keywright.dev'));
    expect(ours).toHaveLength(3);
    for (const path of ours.flatMap((name) => [`${CRDS}/${name}`, `${CRDS}/${name}/status`])) {
      await expectDenied(admin, dry(merge(path, { metadata: { annotations: { [RELEASE]: null } } })), DOWNGRADE);
    }
  });
});
