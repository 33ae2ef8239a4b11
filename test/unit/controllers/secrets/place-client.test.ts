import { describe, expect, test } from 'vitest';
import { createPlaceClient } from '../../../../src/controllers/secrets/place-client.ts';
import type { CallOptions, KubeClient } from '../../../../src/kube/client/client.ts';
import { ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../../src/kube/objects/resource.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const REF = { namespace: 'eu', name: 'checkout' };
const PRECONDITIONS = { uid: 'uid', resourceVersion: '1' };
const SECRET: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: REF };

/** A client on which the given verbs get stuck, and what was asked of it. */
function scripted(...stuck: readonly string[]): {
  client: KubeClient;
  asked: { verb: string; options: CallOptions | undefined }[];
} {
  const asked: { verb: string; options: CallOptions | undefined }[] = [];
  const answer = async (verb: string, options: CallOptions | undefined): Promise<Secret> => {
    asked.push({ verb, options });
    if (stuck.includes(verb)) throw new ConnectionError('timeout', 'scripted');
    return SECRET;
  };
  const client = {
    get: (_resource: unknown, _ref: unknown, options?: CallOptions) => answer('get', options),
    create: (_resource: unknown, _object: unknown, options?: CallOptions) => answer('create', options),
    update: (_resource: unknown, _object: unknown, options?: CallOptions) => answer('update', options),
    delete: (_resource: unknown, _ref: unknown, _preconditions: unknown, options?: CallOptions) =>
      answer('delete', options),
  };
  return { client: client as unknown as KubeClient, asked };
}

function placesOn(client: KubeClient, said: string[] = []): ReturnType<typeof createPlaceClient> {
  return createPlaceClient({
    client,
    clock: new FakeClock(),
    random: () => 0,
    observer: {
      onHeldOff: ({ namespace, verb }) => said.push(`${verb} ${namespace}`),
      onAnswers: () => {},
    },
  });
}

describe('createPlaceClient', () => {
  test('gives each call 5 s and hands the signal on', async () => {
    const { client, asked } = scripted();
    const places = placesOn(client);
    const { signal } = new AbortController();
    await places.get(SECRETS, REF, { signal });
    await places.create(SECRETS, SECRET, { signal });
    await places.update(SECRETS, SECRET, { signal });
    await places.delete(SECRETS, REF, PRECONDITIONS, { signal });
    expect(asked).toEqual(
      ['get', 'create', 'update', 'delete'].map((verb) => ({ verb, options: { signal, deadlineMs: 5_000 } })),
    );
  });

  test('goes on with the verbs that are answered where another one gets stuck', async () => {
    const { client, asked } = scripted('create');
    const said: string[] = [];
    const places = placesOn(client, said);
    await expect(places.create(SECRETS, SECRET)).rejects.toMatchObject({ code: 'timeout' });
    await expect(places.create(SECRETS, SECRET)).rejects.toMatchObject({ code: 'held-off' });
    await places.get(SECRETS, REF);
    await places.update(SECRETS, SECRET);
    await places.delete(SECRETS, REF, PRECONDITIONS);
    await expect(places.create(SECRETS, SECRET)).rejects.toMatchObject({ code: 'held-off' });
    expect(asked.map(({ verb }) => verb)).toEqual(['create', 'get', 'update', 'delete']);
    expect(said).toEqual(['create eu']);
  });

  test('does not hold off other namespaces', async () => {
    const { client } = scripted('create');
    const places = placesOn(client);
    await expect(places.create(SECRETS, SECRET)).rejects.toMatchObject({ code: 'timeout' });
    const elsewhere = { ...SECRET, metadata: { ...REF, namespace: 'us' } };
    await expect(places.create(SECRETS, elsewhere)).rejects.toMatchObject({ code: 'timeout' });
  });
});
