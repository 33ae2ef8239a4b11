import { beforeAll, expect, test } from 'vitest';
import { adminConnection } from '../../support/harness.ts';
import { isGranted, type ResourceAttributes } from '../../support/harness/access-review.ts';
import { installOperatorRoles, OPERATOR_ACCOUNT } from '../../support/harness/operator-roles.ts';

type Right = Omit<ResourceAttributes, 'verb'>;

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const OWN = 'own namespace';
const kinds = { group: 'keywright.dev' };
const crds = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };

let operator: string;

beforeAll(async () => {
  operator = await installOperatorRoles();
});

test.each<[string, Right, readonly string[]]>([
  ['KeyProjects', { ...kinds, resource: 'keyprojects' }, ['get', 'list', 'watch', 'patch']],
  ['ApiKeys', { ...kinds, resource: 'apikeys' }, ['get', 'list', 'watch', 'patch']],
  ['CryptoKeys', { ...kinds, resource: 'cryptokeys' }, ['get', 'list', 'watch', 'patch']],
  ['the status of KeyProjects', { ...kinds, resource: 'keyprojects', subresource: 'status' }, ['update']],
  ['the status of ApiKeys', { ...kinds, resource: 'apikeys', subresource: 'status' }, ['update']],
  ['the status of CryptoKeys', { ...kinds, resource: 'cryptokeys', subresource: 'status' }, ['update']],
  ['namespaces', { group: '', resource: 'namespaces' }, ['get', 'list', 'watch']],
  ['the CRD of ApiKey', { ...crds, name: 'apikeys.keywright.dev' }, ['get']],
  ['the CRD of CryptoKey', { ...crds, name: 'cryptokeys.keywright.dev' }, ['get']],
  ['the CRD of KeyProject', { ...crds, name: 'keyprojects.keywright.dev' }, ['get']],
  ['CRDs of others', { ...crds, name: 'certificates.cert-manager.io' }, []],
  ['Secrets', { group: '', resource: 'secrets' }, ['get', 'list', 'watch', 'create', 'update', 'delete']],
  ['events', { group: 'events.k8s.io', resource: 'events' }, ['create', 'patch']],
  ['events of the core group', { group: '', resource: 'events' }, []],
  [
    'leases of its namespace',
    { group: 'coordination.k8s.io', resource: 'leases', namespace: OWN },
    ['get', 'create', 'update'],
  ],
  ['leases of other namespaces', { group: 'coordination.k8s.io', resource: 'leases', namespace: 'default' }, []],
  ['ConfigMaps', { group: '', resource: 'configmaps' }, []],
  [
    'the ConfigMap of the import key',
    { group: '', resource: 'configmaps', namespace: OWN, name: 'keywright-import' },
    ['get', 'list', 'watch', 'create', 'update', 'delete'],
  ],
  [
    'other ConfigMaps of its namespace',
    { group: '', resource: 'configmaps', namespace: OWN, name: 'other' },
    ['create'],
  ],
  ['pods', { group: '', resource: 'pods' }, []],
  ['pod shells', { group: '', resource: 'pods', subresource: 'exec' }, []],
  ['ServiceAccount tokens', { group: '', resource: 'serviceaccounts', subresource: 'token' }, []],
  ['roles', { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' }, []],
  ['role bindings', { group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' }, []],
])('the roles of deploy/rbac give the operator on %s exactly what it uses', async (_name, right, verbs) => {
  const granted = await Promise.all(VERBS.map(async (verb) => ((await mayDo(verb, right)) ? [verb] : [])));
  expect(granted.flat()).toEqual(verbs);
});

async function mayDo(verb: string, right: Right): Promise<boolean> {
  const namespace = right.namespace === OWN ? operator : right.namespace;
  const user = `system:serviceaccount:${operator}:${OPERATOR_ACCOUNT}`;
  return await isGranted(await adminConnection(), user, { ...right, namespace, verb });
}
