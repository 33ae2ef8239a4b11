import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { NAMESPACES, SECRETS, type Resource } from '../../src/kube/objects/resource.ts';
import { uniqueName } from './harness.ts';
import { eventually } from './harness/eventually.ts';
import type { KeyWorld } from './key-world.ts';

/** Lifts what was put in the way, and resolves when that has taken effect. */
export type Unblock = () => Promise<void>;

const CONFIG_MAPS: Resource = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const QUOTAS: Resource = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  namespaced: true,
};
const POLICIES = admissionResource('ValidatingAdmissionPolicy', 'validatingadmissionpolicies');
const BINDINGS = admissionResource('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings');

function admissionResource(kind: string, plural: string): Resource {
  return { group: 'admissionregistration.k8s.io', version: 'v1', kind, plural, namespaced: false };
}

/** Deletes the namespace and lets it hang there, by an object that somebody holds. */
export async function hangInDeletion(world: KeyWorld, namespace: string): Promise<Unblock> {
  const metadata = { name: 'held', namespace, finalizers: ['example.com/hold'] };
  await world.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  await world.remove(NAMESPACES, { name: namespace });
  return async () => {
    await world.edit(CONFIG_MAPS, { namespace, name: 'held' }, (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: [] },
    }));
    await world.gone(NAMESPACES, { name: namespace }, { timeoutMs: 30_000 });
  };
}

/** Has an admission policy refuse one operation on the Secrets of one namespace, and resolves when it does. */
export async function refuseSecrets(
  world: KeyWorld,
  namespace: string,
  operation: 'CREATE' | 'DELETE',
): Promise<Unblock> {
  const metadata = { name: uniqueName('refuse') };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: [operation], resources: ['secrets'] };
  const policy = {
    matchConstraints: { resourceRules: [rule] },
    matchConditions: [{ name: 'namespace', expression: `request.namespace == "${namespace}"` }],
    validations: [{ expression: 'false', message: 'no Secrets here' }],
  };
  const binding = { policyName: metadata.name, validationActions: ['Deny'] };
  await applySpec(world, { apiVersion, kind: POLICIES.kind, metadata }, policy);
  await applySpec(world, { apiVersion, kind: BINDINGS.kind, metadata }, binding);
  const isPermitted = (): Promise<boolean> => probe(world, namespace, operation);
  await whenAnswered(isPermitted, false);
  return async () => {
    await world.remove(BINDINGS, metadata);
    await world.remove(POLICIES, metadata);
    await whenAnswered(isPermitted, true);
  };
}

/** Leaves no room for a Secret. The test cluster runs no quota controller, so the test says what is used. */
export async function exhaustQuota(world: KeyWorld, namespace: string): Promise<Unblock> {
  const metadata = { name: 'exhausted', namespace };
  const hard = { 'count/secrets': '0' };
  await applySpec(world, { apiVersion: 'v1', kind: 'ResourceQuota', metadata }, { hard });
  const quota = await world.client.get(QUOTAS, metadata);
  await world.client.updateStatus(QUOTAS, { ...quota, status: { hard, used: hard } } as KubeObject);
  await whenAnswered(() => probe(world, namespace, 'CREATE'), false);
  return () => world.remove(QUOTAS, metadata);
}

async function applySpec(world: KeyWorld, object: KubeObject, spec: object): Promise<void> {
  await world.apply({ ...object, spec } as KubeObject);
}

/** Does the API server permit the operation now? Policies and quotas take effect a moment after they are written. */
async function probe(world: KeyWorld, namespace: string, operation: 'CREATE' | 'DELETE'): Promise<boolean> {
  const name = uniqueName('probe');
  const creation = world.createSecret(namespace, name);
  if (operation === 'DELETE') await creation;
  const attempt = operation === 'CREATE' ? creation : world.remove(SECRETS, { namespace, name });
  return attempt.then(
    () => true,
    () => false,
  );
}

async function whenAnswered(ask: () => Promise<boolean>, wanted: boolean): Promise<void> {
  await eventually(async () => {
    if ((await ask()) !== wanted) throw new Error(`Secrets are ${wanted ? 'still' : 'not yet'} refused`);
  });
}
