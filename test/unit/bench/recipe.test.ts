import { expect, test } from 'vitest';
import { recipesOf, requestOf } from '../../../bench/recipe.ts';
import type { RecordedRequest } from '../../../bench/recording-proxy.ts';
import { recordName } from '../../../src/sealing/record.ts';

const NAMES = ['rec-00001', 'rec-00002'];
const record = (name: string): string => recordName({ project: 'bench', kind: 'ApiKey', name });

function recorded(method: string, path: string, body?: unknown): RecordedRequest {
  const [contentType, text] = body === undefined ? [undefined, ''] : ['application/json', JSON.stringify(body)];
  return { method, path, accept: 'application/json', contentType, body: text, status: 200 };
}

/** What the operator asks for two keys, mixed as it comes. */
const requests = NAMES.flatMap((name) => [
  recorded('PATCH', `/apikeys/${name}`, { metadata: { resourceVersion: '7' } }),
  recorded('PUT', '/leases/keywright-controller', { metadata: { name: 'keywright-controller' } }),
  recorded('POST', '/secrets', { metadata: { name: record(name) } }),
  recorded('POST', '/events', { metadata: { name: `${name}.1f` }, regarding: { name, uid: 'u-7' } }),
  recorded('PUT', `/apikeys/${name}/status`, { metadata: { name, uid: 'u-7', resourceVersion: '9' } }),
  recorded('PUT', `/secrets/${record(name)}`, { metadata: { name: record(name), uid: 'u-8', resourceVersion: '8' } }),
]);

const recipe = recipesOf(requests, 'bench', NAMES)[1] ?? { steps: [], events: [] };
const filling = { name: 'key-00005', record: record('key-00005'), uid: 'u-1', resourceVersion: '42' };

test('recipesOf keeps the order of what concerns a key, events apart, and nothing else', () => {
  expect(recipe.steps.map(({ method }) => method)).toEqual(['PATCH', 'POST', 'PUT', 'PUT']);
  expect(recipe.events).toHaveLength(1);
});

test('recipesOf recognises steps about one object', () => {
  const [patch, create, status, update] = recipe.steps.map(({ object }) => object);
  expect(status).toBe(patch);
  expect(update).toBe(create);
  expect(update).not.toBe(status);
});

test('requestOf fills in names and versions and nothing of the recorded key', () => {
  const filled = [...recipe.steps, ...recipe.events].map((step) => requestOf(step, filling));
  expect(filled.map(({ path }) => path)).toEqual([
    '/apikeys/key-00005',
    '/secrets',
    '/apikeys/key-00005/status',
    `/secrets/${record('key-00005')}`,
    '/events',
  ]);
  expect(JSON.parse(filled[2]?.body ?? '')).toEqual({
    metadata: { name: 'key-00005', uid: 'u-1', resourceVersion: '42' },
  });
  expect(JSON.stringify(filled)).not.toMatch(/rec-0000|"7"|"9"/);
});
