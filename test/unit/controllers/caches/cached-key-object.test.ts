import { expect, test } from 'vitest';
import { ACCEPT_ROLLBACK_ANNOTATION, FINALIZER } from '../../../../src/api/labels.ts';
import { cacheKeyObject } from '../../../../src/controllers/caches/cached-key-object.ts';
import { apiKeyOf } from '../../../support/facts.ts';

const key = apiKeyOf();

test('cacheKeyObject keeps spec, status and what of the metadata is decided on', () => {
  const annotations = { [ACCEPT_ROLLBACK_ANNOTATION]: '7' };
  const metadata = { ...key.metadata, annotations, deletionTimestamp: '2026-01-01T00:00:00Z' };
  expect(cacheKeyObject({ ...key, metadata })).toEqual({ ...key, metadata: { ...metadata, labels: {} } });
});

test('cacheKeyObject keeps nothing of what authors may put on an object without a bound', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `example.com/name-${index}`);
  const many = Object.fromEntries(names.map((name) => [name, 'x'.repeat(200)]));
  const ownerReferences = names.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: name }));
  const metadata = {
    ...key.metadata,
    managedFields: names,
    labels: many,
    annotations: { ...many, [ACCEPT_ROLLBACK_ANNOTATION]: 'x'.repeat(200_000) },
    finalizers: [...names, FINALIZER],
    ownerReferences,
  };
  const kept = cacheKeyObject({ ...key, metadata }).metadata;
  expect(JSON.stringify(kept).length).toBeLessThan(600);
  expect(kept).toMatchObject({ finalizers: [FINALIZER], annotations: { [ACCEPT_ROLLBACK_ANNOTATION]: '' } });
});
