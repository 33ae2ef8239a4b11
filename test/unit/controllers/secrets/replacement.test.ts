import { expect, test } from 'vitest';
import { ADOPT_ANNOTATION, ORIGIN_ANNOTATION } from '../../../../src/api/labels.ts';
import { replacementOf } from '../../../../src/controllers/secrets/replacement.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'uid-other' };
const current: Secret = {
  metadata: {
    name: 'checkout',
    namespace: 'eu',
    uid: 'uid-now',
    resourceVersion: '9',
    labels: { team: 'x', ours: 'edited' },
    annotations: {
      note: 'x',
      [ADOPT_ANNOTATION]: 'ApiKey/config/checkout',
      [ORIGIN_ANNOTATION]: 'Imported',
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{}}',
    },
    finalizers: ['example.com/hold'],
    ownerReferences: [owner],
  },
  immutable: false,
  data: { token: 'old', extra: 'old' },
};
const body: Secret = {
  metadata: { name: 'checkout', namespace: 'eu', labels: { ours: 'right' }, annotations: { proof: 'new' } },
  type: 'Opaque',
  data: { token: 'new' },
};

test('replacementOf keeps what others put on a Secret, but neither consent, the origin of a former token nor copies of data', () => {
  expect(replacementOf(current, body, { uid: 'uid-planned', resourceVersion: '5' })).toEqual({
    metadata: {
      name: 'checkout',
      namespace: 'eu',
      uid: 'uid-planned',
      resourceVersion: '5',
      labels: { team: 'x', ours: 'right' },
      annotations: { note: 'x', proof: 'new' },
      finalizers: ['example.com/hold'],
      ownerReferences: [owner],
    },
    type: 'Opaque',
    data: { token: 'new' },
  });
});
