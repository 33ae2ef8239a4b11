import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isNamespaceTerminating,
  isNotFound,
} from '../../../src/kube/errors/api-error.ts';
import type { KubeClient, WatchEvent } from '../../../src/kube/client/client.ts';
import { staticToken } from '../../support/static-token.ts';
import type { Transport } from '../../../src/kube/transport/exchange.ts';
import { createKubeClient } from '../../../src/kube/client/http-client.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { NAMESPACES, type Resource, SECRETS } from '../../../src/kube/objects/resource.ts';
import { createTransport } from '../../../src/kube/transport/transport.ts';
import { systemClock } from '../../../src/system-clock.ts';
import {
  adminClient,
  adminConfig,
  clientFor,
  createNamespace,
  createServiceAccount,
  deleteNamespace,
  serviceAccountClient,
} from '../../support/harness.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

let client: KubeClient;
let namespace: string;
beforeAll(async () => {
  [client, namespace] = await Promise.all([adminClient(), createNamespace()]);
});

function secretNamed(name: string, more: Partial<Secret> = {}): Secret {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data: { token: base64('one') }, ...more };
}

function preconditionsOf({ metadata }: Secret): { uid: string; resourceVersion: string } {
  return { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' };
}

describe('KubeClient', () => {
  test('creates, reads, updates, patches and deletes a Secret', async () => {
    const created = await client.create(SECRETS, secretNamed('life'));
    const ref = { namespace, name: 'life' };
    expect(await client.get(SECRETS, ref)).toEqual(created);

    const updated = await client.update(SECRETS, { ...created, data: { token: base64('two') } });
    expect(updated.data).toEqual({ token: base64('two') });
    expect(updated.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);

    const labelled = { metadata: { labels: { team: 'a' } } };
    const patched = await client.patch(SECRETS, ref, labelled);
    expect(patched.metadata.labels).toEqual({ team: 'a' });
    expect(patched.data).toEqual(updated.data);

    await client.delete(SECRETS, ref, preconditionsOf(patched));
    await expect(client.get(SECRETS, ref)).rejects.toSatisfy(isNotFound);
  });

  test('updates the status subresource', async () => {
    const name = await createNamespace();
    const current = await client.get(NAMESPACES, { name });
    const condition = {
      type: 'Scripted',
      status: 'True',
      reason: 'Test',
      message: 'x',
      lastTransitionTime: '2027-01-01T00:00:00Z',
    };
    const withCondition = { ...current, status: { ...current.status, conditions: [condition] } };
    const updated = await client.updateStatus(NAMESPACES, withCondition);
    expect(updated).toMatchObject({ metadata: { name }, status: { conditions: [condition] } });
  });

  test('rejects an update with a stale resourceVersion as a conflict', async () => {
    const created = await client.create(SECRETS, secretNamed('stale'));
    await client.update(SECRETS, { ...created, data: { token: base64('two') } });
    const stale = client.update(SECRETS, { ...created, data: { token: base64('three') } });
    await expect(stale).rejects.toSatisfy(isConflict);
  });

  test('rejects a second create as already existing, and no conflict', async () => {
    await client.create(SECRETS, secretNamed('twice'));
    const second = client.create(SECRETS, secretNamed('twice'));
    await expect(second).rejects.toSatisfy((error) => isAlreadyExists(error) && !isConflict(error));
  });

  test('deletes only what fits the preconditions', async () => {
    const created = await client.create(SECRETS, secretNamed('guarded'));
    const ref = { namespace, name: 'guarded' };
    const preconditions = preconditionsOf(created);
    const otherUid = client.delete(SECRETS, ref, { ...preconditions, uid: '00000000-0000-0000-0000-000000000000' });
    await expect(otherUid).rejects.toSatisfy(isConflict);
    const otherVersion = client.delete(SECRETS, ref, { ...preconditions, resourceVersion: '1' });
    await expect(otherVersion).rejects.toSatisfy(isConflict);
    await client.delete(SECRETS, ref, preconditions);
    await expect(client.delete(SECRETS, ref, preconditions)).rejects.toSatisfy(isNotFound);
  });

  test('says which field of a Secret is invalid without quoting the Secret', async () => {
    const data = { 'no/key': base64('hunter2') };
    const error: unknown = await client
      .create(SECRETS, secretNamed('invalid', { data }))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 422, reason: 'Invalid' });
    expect(error).toMatchObject({
      message: `Could not create secrets ${namespace}/invalid: 422 Invalid`,
      causes: [{ field: 'data[no/key]', reason: 'FieldValueInvalid' }],
    });
  });

  test('keeps a refused value of a Secret out of the error', async () => {
    const type = 'kubernetes.io/dockerconfigjson';
    const data = { '.dockerconfigjson': base64('hunter2 is no JSON') };
    const error: unknown = await client
      .create(SECRETS, secretNamed('refused', { type, data }))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 422, reason: 'Invalid' });
    expect(`${String((error as Error).stack)} ${JSON.stringify(error)}`).not.toMatch(/hunter2|aHVudGVyMi/);
  });

  test('tells a path that the server does not know from an object that is gone', async () => {
    const unknown: Resource = { group: 'x.invalid', version: 'v1', kind: 'X', plural: 'xs', namespaced: true };
    const error: unknown = await client.get(unknown, { namespace, name: 'x' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ApiError', status: 404 });
    expect(isNotFound(error)).toBe(false);
  });

  test('tells a create in a namespace that is being deleted from a lack of permission', async () => {
    const leaving = await createNamespace();
    const held = { metadata: { namespace: leaving, name: 'held', finalizers: ['kube.test/hold'] } };
    await client.create(SECRETS, held);
    await deleteNamespace(leaving);
    const late = client.create(SECRETS, { metadata: { namespace: leaving, name: 'late' } });
    await expect(late).rejects.toSatisfy(isNamespaceTerminating);
    const release = { metadata: { finalizers: null } };
    await client.patch(SECRETS, held.metadata, release);
  });

  test('is refused as a ServiceAccount without rights', async () => {
    await createServiceAccount(namespace, 'nobody');
    const nobody = await serviceAccountClient(namespace, 'nobody');
    const error: unknown = await nobody.list(SECRETS, { namespace }).catch((thrown: unknown) => thrown);
    expect(error).toSatisfy(isForbidden);
    expect(isNamespaceTerminating(error)).toBe(false);
  });

  test('is told apart from a stranger by its token', async () => {
    const stranger = clientFor({ ...(await adminConfig()), credentials: staticToken('not-a-token') });
    await expect(stranger.list(SECRETS, { namespace })).rejects.toMatchObject({ status: 401, reason: 'Unauthorized' });
  });
});

describe('KubeClient.list', () => {
  let crowd: string;
  beforeAll(async () => {
    crowd = await createNamespace();
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const labels = { half: name < 'c' ? 'first' : 'second' };
      await client.create(SECRETS, { metadata: { namespace: crowd, name, labels }, data: { token: base64(name) } });
    }
  });

  test('yields pages that carry each object once, all of one resourceVersion', async () => {
    const names: string[] = [];
    const versions = new Set<string>();
    let continueToken: string | undefined;
    do {
      const page = await client.list(SECRETS, {
        namespace: crowd,
        limit: 2,
        ...(continueToken === undefined ? {} : { continueToken }),
      });
      names.push(...page.items.map((secret) => secret.metadata.name));
      versions.add(page.resourceVersion);
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(versions.size).toBe(1);
  });

  test('selects by label and by field', async () => {
    const byLabel = await client.list(SECRETS, { namespace: crowd, labelSelector: 'half in (first)' });
    expect(byLabel.items.map((secret) => secret.metadata.name)).toEqual(['a', 'b']);
    const byField = await client.list(SECRETS, { namespace: crowd, fieldSelector: 'metadata.name=d' });
    expect(byField.items.map((secret) => secret.metadata.name)).toEqual(['d']);
  });

  test('leaves data on the server when asked for metadata only', async () => {
    const { items } = await client.list(SECRETS, { namespace: crowd, metadataOnly: true });
    expect(items).toHaveLength(5);
    for (const item of items) {
      expect(item.metadata.resourceVersion).toMatch(/^\d+$/);
      expect(item).not.toHaveProperty('data');
    }
  });

  test('reports a continue token that is no token as an error of the caller', async () => {
    const broken = client.list(SECRETS, { namespace: crowd, limit: 2, continueToken: 'x' });
    await expect(broken).rejects.toMatchObject({ status: 400, reason: 'BadRequest' });
  });
});

describe('KubeClient.watch', () => {
  /** Reads events until `isLast` accepts one. */
  async function eventsUntil(
    events: AsyncIterable<WatchEvent<Secret>>,
    isLast: (event: WatchEvent<Secret>) => boolean,
  ): Promise<WatchEvent<Secret>[]> {
    const seen: WatchEvent<Secret>[] = [];
    for await (const event of events) {
      seen.push(event);
      if (isLast(event)) break;
    }
    return seen;
  }
  const endsInitialEvents = ({ type, object }: WatchEvent<Secret>): boolean =>
    type === 'BOOKMARK' && object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';

  test('streams what exists, a bookmark, and then each change', async () => {
    const watched = await createNamespace();
    const one = await client.create(SECRETS, { metadata: { namespace: watched, name: 'one' } });
    const options = { namespace: watched, sendInitialEvents: true, timeoutSeconds: 30 };
    const watch = client.watch(SECRETS, options)[Symbol.asyncIterator]();
    const initial = [(await watch.next()).value, (await watch.next()).value] as WatchEvent<Secret>[];
    expect(initial.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(initial[1]).toSatisfy(endsInitialEvents);

    const labelled = await client.update(SECRETS, { ...one, metadata: { ...one.metadata, labels: { a: 'b' } } });
    expect((await watch.next()).value).toMatchObject({ type: 'MODIFIED', object: { metadata: labelled.metadata } });
    await client.delete(SECRETS, labelled.metadata, preconditionsOf(labelled));
    expect((await watch.next()).value).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'one' } } });
    await watch.return?.();
  });

  test('leaves data on the server when asked for metadata only', async () => {
    const watched = await createNamespace();
    await client.create(SECRETS, { metadata: { namespace: watched, name: 'one' }, data: { token: base64('one') } });
    const options = { namespace: watched, sendInitialEvents: true, metadataOnly: true, timeoutSeconds: 30 };
    const [added] = await eventsUntil(client.watch(SECRETS, options), endsInitialEvents);
    expect(added).toMatchObject({
      type: 'ADDED',
      object: { kind: 'PartialObjectMetadata', metadata: { name: 'one' } },
    });
    expect(added?.object).not.toHaveProperty('data');
  });

  test('ends when the server says that the time is over', async () => {
    const { resourceVersion } = await client.list(SECRETS, { namespace });
    const watch = client.watch(SECRETS, { namespace: await createNamespace(), resourceVersion, timeoutSeconds: 1 });
    expect((await eventsUntil(watch, () => false)).filter(({ type }) => type !== 'BOOKMARK')).toEqual([]);
  });

  test('throws forbidden as a ServiceAccount without rights', async () => {
    await createServiceAccount(namespace, 'blind');
    const blind = await serviceAccountClient(namespace, 'blind');
    const watch = blind.watch(SECRETS, { namespace, timeoutSeconds: 5 });
    await expect(eventsUntil(watch, () => false)).rejects.toSatisfy(isForbidden);
  });
});

describe('Transport', () => {
  const poolSize = 4;
  let handshakes = 0;
  let transport: Transport;
  beforeAll(async () => {
    const onConnect = (): void => {
      handshakes += 1;
    };
    transport = createTransport({ ...(await adminConfig()), clock: systemClock, poolSize, onConnect });
  });
  afterAll(() => transport.close());

  test('makes 500 reads beside 3 watches with no more handshakes than pool and watches have connections', async () => {
    const counted = createKubeClient({ transport, clock: systemClock, random: Math.random });
    await client.create(SECRETS, secretNamed('popular'));
    const options = { namespace, sendInitialEvents: true, timeoutSeconds: 60 };
    const watches = [1, 2, 3].map(() => counted.watch(SECRETS, options)[Symbol.asyncIterator]());
    for (const watch of watches) await watch.next();
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(Array.from({ length: 10 }, () => counted.get(SECRETS, { namespace, name: 'popular' })));
    }
    for (const watch of watches) await watch.return?.();
    expect(handshakes).toBeLessThanOrEqual(poolSize + watches.length);
  });
});
