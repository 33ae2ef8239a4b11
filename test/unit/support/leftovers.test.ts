import { expect, test } from 'vitest';
import type { StoredKey } from '../../support/cluster/etcd-store.ts';
import { leftovers } from '../../support/cluster/leftovers.ts';

/** "a@1": the key a, last written at revision 1. */
function keys(...texts: readonly string[]): readonly StoredKey[] {
  return texts.map((text) => {
    const [key = '', modRevision = ''] = text.split('@');
    return { key: `/registry/${key}`, modRevision };
  });
}

const CRD = 'apiextensions.k8s.io/customresourcedefinitions/apikeys.keywright.dev';
const CLEAN = keys(`${CRD}@3`, 'leases/kube-system/apiserver@4', 'namespaces/default@1', 'roles/admin@2');

test.each([
  ['nothing where all is as it was', CLEAN, []],
  [
    'neighbours as one range',
    keys(`${CRD}@3`, 'namespaces/a@7', 'namespaces/b@8', 'namespaces/default@1', 'roles/admin@2', 'secrets/a/x@9'),
    [
      ['namespaces/a', 'namespaces/b'],
      ['secrets/a/x', 'secrets/a/x'],
    ],
  ],
])('leftovers names %s', (_what, now, ranges) => {
  const found = leftovers(
    CLEAN.filter(({ key }) => !key.includes('leases')),
    now.filter(({ key }) => !key.includes('leases')),
  );
  expect(found.ranges).toEqual(
    ranges.map(([first, last]) => ({ first: `/registry/${first}`, last: `/registry/${last}` })),
  );
  expect(found.lasting).toEqual([]);
});

test.each([
  ['is gone', keys('leases/kube-system/apiserver@4', 'namespaces/default@1', 'roles/admin@2'), CRD],
  [
    'was written to',
    keys(`${CRD}@3`, 'leases/kube-system/apiserver@4', 'namespaces/default@1', 'roles/admin@9'),
    'roles/admin',
  ],
  [
    'makes an API server go by it for longer than it is there',
    [...CLEAN, ...keys('validatingadmissionpolicies/no-secrets@9')],
    'validatingadmissionpolicies/no-secrets',
  ],
])('leftovers calls lasting what %s', (_why, now, lasting) => {
  expect(leftovers(CLEAN, now).lasting).toEqual([`/registry/${lasting}`]);
});

test('leftovers lets the control plane write to what is its own', () => {
  const later = keys(`${CRD}@3`, 'leases/kube-system/apiserver@99', 'namespaces/default@1', 'roles/admin@2');
  expect(leftovers(CLEAN, later)).toEqual({ ranges: [], lasting: [] });
});
