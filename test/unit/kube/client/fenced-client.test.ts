import { expect, test } from 'vitest';
import type { KubeClient } from '../../../../src/kube/client/client.ts';
import { fencedClient } from '../../../../src/kube/client/fenced-client.ts';
import { SECRETS } from '../../../../src/kube/objects/resource.ts';

const ref = { namespace: 'default', name: 'token' };
const secret = { metadata: { ...ref, resourceVersion: '1' } };
const reads = {
  get: (client: KubeClient) => client.get(SECRETS, ref),
  list: (client: KubeClient) => client.list(SECRETS),
  watch: (client: KubeClient) => client.watch(SECRETS, { timeoutSeconds: 1 }),
};
const writes = {
  create: (client: KubeClient) => client.create(SECRETS, secret),
  update: (client: KubeClient) => client.update(SECRETS, secret),
  updateStatus: (client: KubeClient) => client.updateStatus(SECRETS, secret),
  patch: (client: KubeClient) => client.patch(SECRETS, ref, {}),
  delete: (client: KubeClient) => client.delete(SECRETS, ref, { uid: 'u', resourceVersion: '1' }),
};

/** Notes each verb that gets through. */
function recordingClient(): { readonly client: KubeClient; readonly calls: string[] } {
  const calls: string[] = [];
  const client = new Proxy({} as KubeClient, {
    get: (_target, verb: string) => () => {
      calls.push(verb);
      return Promise.resolve();
    },
  });
  return { client, calls };
}

const refuse = (): void => {
  throw new Error('not the leader');
};

test.each(Object.entries(writes))(
  'fencedClient rejects %s with what the check threw, and sends nothing',
  async (_, write) => {
    const { client, calls } = recordingClient();
    await expect(write(fencedClient(client, refuse))).rejects.toThrow('not the leader');
    expect(calls).toEqual([]);
  },
);

test.each(Object.entries(writes))('fencedClient passes %s on while the check passes', async (verb, write) => {
  const { client, calls } = recordingClient();
  await write(fencedClient(client, () => {}));
  expect(calls).toEqual([verb]);
});

test.each(Object.entries(reads))('fencedClient never asks before %s', async (verb, read) => {
  const { client, calls } = recordingClient();
  await read(fencedClient(client, refuse));
  expect(calls).toEqual([verb]);
});
