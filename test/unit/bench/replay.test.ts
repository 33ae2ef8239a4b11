import { expect, test } from 'vitest';
import { recipesOf } from '../../../bench/recipe.ts';
import type { RecordedRequest } from '../../../bench/recording-proxy.ts';
import { replay } from '../../../bench/replay.ts';
import type { ApiRequest, Transport } from '../../../src/kube/transport/exchange.ts';

/** A server that answers each write with the next version. */
function recordingTransport(): { readonly transport: Transport; readonly sent: ApiRequest[] } {
  const sent: ApiRequest[] = [];
  const exchange = (request: ApiRequest): Promise<unknown> => {
    sent.push(request);
    const metadata = { uid: 'u-new', resourceVersion: `new-${sent.length}` };
    return Promise.resolve({ status: 200, body: Buffer.from(JSON.stringify({ metadata })) });
  };
  return { transport: { exchange } as unknown as Transport, sent };
}

function recorded(method: string, path: string): RecordedRequest {
  const metadata = { name: 'rec-00001', uid: 'u-7', resourceVersion: '7' };
  const body = method === 'GET' ? {} : { contentType: 'application/json', body: JSON.stringify({ metadata }) };
  return { method, path, accept: 'application/json', contentType: undefined, body: '', status: 200, ...body };
}

const KEY = '/apis/keywright.dev/v1alpha1/namespaces/authors/apikeys';
const SECRETS = '/api/v1/namespaces/staging/secrets';

test('replay names of each object the version in which it stands, and after a write the one that was answered', async () => {
  const requests = [
    recorded('PUT', `${KEY}/rec-00001/status`),
    recorded('GET', `${SECRETS}/rec-00001`),
    recorded('PUT', `${SECRETS}/rec-00001`),
    recorded('PUT', `${SECRETS}/rec-00001`),
  ];
  const { transport, sent } = recordingTransport();
  await replay({
    transport,
    recipes: recipesOf(requests, 'bench', ['rec-00001']),
    project: 'bench',
    declared: new Map([['key-00005', { uid: 'u-key', resourceVersion: '10' }]]),
    standing: new Map([[`${SECRETS}/key-00005`, { uid: 'u-secret', resourceVersion: '20' }]]),
    withEvents: false,
  });
  const named = sent.flatMap(({ body }) =>
    body === undefined ? [] : [(JSON.parse(body) as { metadata: object }).metadata],
  );
  expect(named).toEqual([
    { name: 'key-00005', uid: 'u-key', resourceVersion: '10' },
    { name: 'key-00005', uid: 'u-secret', resourceVersion: '20' },
    { name: 'key-00005', uid: 'u-new', resourceVersion: 'new-3' },
  ]);
});
