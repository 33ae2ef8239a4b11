import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectionPath, creationPath, objectPath } from '../../../../src/kube/client/request-path.ts';
import { LEASES, NAMESPACES, SECRETS } from '../../../../src/kube/objects/resource.ts';

const paths: readonly { name: string; path: string; want: string }[] = [
  { name: 'all of a core kind', path: collectionPath(SECRETS), want: '/api/v1/secrets' },
  { name: 'one namespace', path: collectionPath(SECRETS, 'team-a'), want: '/api/v1/namespaces/team-a/secrets' },
  { name: 'another group', path: collectionPath(LEASES), want: '/apis/coordination.k8s.io/v1/leases' },
  {
    name: 'an object',
    path: objectPath(LEASES, { namespace: 'team-a', name: 'leader' }),
    want: '/apis/coordination.k8s.io/v1/namespaces/team-a/leases/leader',
  },
  {
    name: 'a cluster-scoped object',
    path: objectPath(NAMESPACES, { name: 'team-a' }),
    want: '/api/v1/namespaces/team-a',
  },
  {
    name: 'a status subresource',
    path: objectPath(NAMESPACES, { name: 'team-a' }, { subresource: 'status' }),
    want: '/api/v1/namespaces/team-a/status',
  },
  { name: 'a creation', path: creationPath(SECRETS, 'team-a'), want: '/api/v1/namespaces/team-a/secrets' },
  {
    name: 'a query, without what is undefined',
    path: collectionPath(SECRETS, undefined, {
      labelSelector: 'a=b,c!=d e',
      limit: 5,
      watch: true,
      continue: undefined,
    }),
    want: '/api/v1/secrets?labelSelector=a%3Db%2Cc%21%3Dd+e&limit=5&watch=true',
  },
  {
    name: 'a name with a colon',
    path: objectPath(SECRETS, { namespace: 'a', name: 'system:x' }),
    want: '/api/v1/namespaces/a/secrets/system%3Ax',
  },
];
test.each(paths)('request paths: $name', ({ path, want }) => {
  expect(path).toBe(want);
});

const hostile = ['', '.', '..', 'a/b', '../other', 'a%2fb', 'a?watch=1', 'a#b', 'a b', 'a\nb', 'ä', 'x'.repeat(254)];
test.each(hostile)('objectPath refuses %j as a name', (name) => {
  expect(() => objectPath(SECRETS, { namespace: 'default', name })).toThrow(TypeError);
});
test.each(hostile)('objectPath refuses %j as a namespace', (namespace) => {
  expect(() => objectPath(SECRETS, { namespace, name: 'token' })).toThrow(TypeError);
});

test('objectPath either refuses a name or keeps it in one segment', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      let path: string;
      try {
        path = objectPath(SECRETS, { namespace: 'default', name });
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      const { pathname, search } = new URL(path, 'https://server.invalid');
      expect(decodeURIComponent(pathname)).toBe(`/api/v1/namespaces/default/secrets/${name}`);
      expect(search).toBe('');
    }),
  );
});

test('objectPath refuses a namespaced object without a namespace', () => {
  expect(() => objectPath(SECRETS, { name: 'token' })).toThrow(/needs a namespace/);
});
test('creationPath refuses a namespaced object without a namespace', () => {
  expect(() => creationPath(SECRETS, undefined)).toThrow(/needs a namespace/);
});
test('objectPath refuses a namespace for a cluster-scoped object', () => {
  expect(() => objectPath(NAMESPACES, { namespace: 'default', name: 'team-a' })).toThrow(/not namespaced/);
});
