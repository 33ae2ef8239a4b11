import { expect, test } from 'vitest';
import { withoutDataCopies } from '../../../../src/kube/objects/data-copies.ts';

test.each([
  'kubectl.kubernetes.io/last-applied-configuration',
  'kapp.k14s.io/original',
  'kapp.k14s.io/original-diff',
  'kapp.k14s.io/original-diff-full',
  'kapp.k14s.io/original-diff-md5',
  'banzaicloud.com/last-applied',
  'objectset.rio.cattle.io/applied',
])('withoutDataCopies leaves out %s', (name) => {
  expect(withoutDataCopies({ [name]: '{"data":{}}', 'example.com/note': 'kept' })).toEqual({
    'example.com/note': 'kept',
  });
});

test.each(['kapp.k14s.io/identity', 'kapp.k14s.io/originals', 'kubectl.kubernetes.io/restartedAt'])(
  'withoutDataCopies keeps %s, which holds no data',
  (name) => expect(withoutDataCopies({ [name]: 'x' })).toEqual({ [name]: 'x' }),
);

test('withoutDataCopies of no annotations is none', () => {
  expect(withoutDataCopies(undefined)).toEqual({});
});
