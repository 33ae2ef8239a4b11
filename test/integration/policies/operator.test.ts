/** The operator where all policies of deploy/policies are in force, and what they leave to others of its Secrets. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { API_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import { apiKey } from '../../support/builders.ts';
import { callAs, type ApiRequest } from '../../support/cluster/api-request.ts';
import { applyManifests } from '../../support/harness/apply-manifests.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { KeyWorld, tokenOf, type Tenant } from '../../support/key-world.ts';
import { dry, expectAllowed, expectDenied, merge } from '../../support/harness/attempt.ts';

const POLICY = 'keywright-managed-secrets';
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const MANAGED = { 'keywright.dev/managed': 'true' };

let world: KeyWorld;
let tenant: Tenant;
/** Whose namespaces a test deletes. */
let doomed: Tenant;

beforeAll(async () => {
  world = await KeyWorld.start();
  // Before the policies: until the API server has read all KeyProjects, the one about namespaces refuses new ones.
  tenant = await world.tenant((project) => project.policy({ minRotationInterval: '0s' }));
  doomed = await world.tenant();
  await applyManifests(world.cluster.connection, 'deploy/policies');
  await expectDenied(world.cluster.connection, creation('planted', MANAGED), POLICY);
  await world.apply(checkout());
  await world.whenReady(keyRef());
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const keyRef = (): string => `${tenant.authors}/checkout`;
const checkout = () => apiKey(keyRef(), tenant.project).environment('staging').environment('production');
const secret = (): Promise<Secret> => world.secret(tenant.staging, 'checkout');

function creation(name: string, labels: Readonly<Record<string, string>> = {}): ApiRequest {
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels } };
  return dry({ method: 'POST', path: `/api/v1/namespaces/${tenant.staging}/secrets`, body });
}

function change(body: unknown, name = 'checkout'): ApiRequest {
  return merge(`/api/v1/namespaces/${tenant.staging}/secrets/${name}`, body);
}

test('the API server finds no fault with the types in the expressions of any policy', async () => {
  await eventually(async () => {
    const { items } = (await callAs(world.cluster.connection, { path: POLICIES })) as { items: readonly Policy[] };
    const ours = items.filter(({ metadata }) => metadata.name.startsWith('keywright-'));
    expect(
      ours.map(({ metadata, status }) => [metadata.name, status?.observedGeneration, status?.typeChecking]),
    ).toEqual(
      [
        'crd-downgrade',
        'deploy-environments',
        'managed-secrets',
        'namespace-labels',
        'namespace-labels-elsewhere',
        'use-project',
      ].map((name) => [`keywright-${name}`, 1, {}]),
    );
  });
});

interface Policy {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly observedGeneration?: number; readonly typeChecking?: object };
}

test('the operator delivers, rotates, repairs and withdraws keys under all policies', async () => {
  const ref = `${tenant.authors}/worked`;
  const worked = apiKey(ref, tenant.project).environment('staging');
  await world.apply(worked);
  await world.whenReady(ref);
  const first = tokenOf(await world.secret(tenant.staging, 'worked'));

  await world.apply(worked.with({ rotation: { trigger: 'again', overlap: '0s' } }));
  const second = await eventually(async () => {
    const token = tokenOf(await world.secret(tenant.staging, 'worked'));
    expect(token).not.toBe(first);
    return token;
  });

  await world.remove(SECRETS, { namespace: tenant.staging, name: 'worked' });
  await eventually(async () => {
    const token = tokenOf(await world.secret(tenant.staging, 'worked'));
    expect([first, second, '']).not.toContain(token);
  });

  await world.remove(API_KEYS, { namespace: tenant.authors, name: 'worked' });
  await world.gone(SECRETS, { namespace: tenant.staging, name: 'worked' });
  await world.gone(API_KEYS, { namespace: tenant.authors, name: 'worked' });
});

test.each([
  ['its data', { data: { token: 'AAAA' } }],
  ['its labels, to strip them', { metadata: { labels: { 'keywright.dev/managed': null } } }],
  ['its annotations', { metadata: { annotations: { 'keywright.dev/proof': 'x' } } }],
  ['its finalizers, to add one', { metadata: { finalizers: ['example.com/hold'] } }],
  ['whether it may be changed', { immutable: true }],
])('nobody but the operator changes of a delivered Secret %s', async (_name, body) => {
  await expectDenied(
    world.cluster.connection,
    change(body),
    POLICY,
    `Secret ${tenant.staging}/checkout is labelled keywright.dev/managed`,
    `change the key instead: ApiKey/${keyRef()}`,
  );
});

test('nobody but the operator gives a Secret an owner that would have it collected', async () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'short-lived', uid: 'c0ffee' };
  await expectDenied(world.cluster.connection, change({ metadata: { ownerReferences: [owner] } }), POLICY);
});

test('nobody but the operator gives a Secret the label of delivered ones', async () => {
  await expectDenied(world.cluster.connection, creation('planted', MANAGED), POLICY, 'leave the label out');
  await world.createSecret(tenant.staging, 'other');
  await expectDenied(world.cluster.connection, change({ metadata: { labels: MANAGED } }, 'other'), POLICY);
  await expectAllowed(world.cluster.connection, change({ data: { own: 'AAAA' } }, 'other'));
});

test('a delivered Secret may be written back as it is, as after a change of the encryption at rest', async () => {
  const body = await secret();
  const path = `/api/v1/namespaces/${tenant.staging}/secrets/checkout`;
  await expectAllowed(world.cluster.connection, dry({ method: 'PUT', path, body }));
});

test('a delivered Secret may be deleted, in the foreground too, and is put back', async () => {
  const { metadata } = await secret();
  await callAs(world.cluster.connection, {
    method: 'DELETE',
    path: `/api/v1/namespaces/${tenant.staging}/secrets/checkout`,
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' },
  });
  await eventually(async () => expect((await secret()).metadata.uid).not.toBe(metadata.uid));
});

test('namespaces with delivered Secrets are deleted as ever, and those with keys', async () => {
  const { project, authors, eu, us } = doomed;
  const ref = `${authors}/checkout`;
  await world.apply(apiKey(ref, project).environment('staging').environment('production'));
  await world.whenReady(ref);
  await Promise.all([eu, authors].map((name) => world.removeNamespace(name)));
  await world.gone(SECRETS, { namespace: us, name: 'checkout' });
  await world.remove(KEY_PROJECTS, { name: project });
  await world.gone(KEY_PROJECTS, { name: project });
  expect(await world.hasSecret(tenant.us, 'checkout')).toBe(true);
});
