import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isForbidden } from '../../../src/kube/errors/api-error.ts';
import { NAMESPACES, SECRETS } from '../../../src/kube/objects/resource.ts';
import { apiRequest } from '../../support/cluster/api-request.ts';
import {
  adminCall,
  adminClient,
  adminConnection,
  createNamespace,
  createServiceAccount,
  deleteNamespace,
  serviceAccountClient,
  uniqueName,
} from '../../support/harness.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { installOperatorRoles, OPERATOR_ACCOUNT } from '../../support/harness/operator-roles.ts';
import { recordWatch } from '../../support/harness/watch-recorder.ts';

test('serviceAccountClient acts with the rights of its ServiceAccount only', async () => {
  const namespace = await createNamespace();
  await createServiceAccount(namespace, 'nobody');
  const client = await serviceAccountClient(namespace, 'nobody');
  const refusal = await client.list(SECRETS, { namespace }).catch((error: unknown) => error);
  expect(isForbidden(refusal)).toBe(true);
});

test('recordWatch keeps every change in order and nothing from before', async () => {
  const namespace = await createNamespace();
  const client = await adminClient();
  await client.create(SECRETS, { metadata: { name: 'before', namespace } });
  await using recorder = await recordWatch(client, SECRETS, { namespace });
  const created = await client.create(SECRETS, { metadata: { name: 'a', namespace } });
  const updated = await client.update(SECRETS, { ...created, data: { k: 'dg==' } });
  const { uid = '', resourceVersion = '' } = updated.metadata;
  await client.delete(SECRETS, { namespace, name: 'a' }, { uid, resourceVersion });
  const events = await recorder.until((recorded) => recorded.length >= 3);
  await sleep(100);
  expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED a',
    'MODIFIED a',
    'DELETED a',
  ]);
});

test('installOperatorRoles gives the ServiceAccount what deploy/rbac grants and no more', async () => {
  const namespace = await installOperatorRoles();
  const client = await serviceAccountClient(namespace, OPERATOR_ACCOUNT);
  await expect(client.list(SECRETS)).resolves.toBeDefined();
  const refusal = await client
    .create(NAMESPACES, { metadata: { name: uniqueName('not-ours') } })
    .catch((error: unknown) => error);
  expect(isForbidden(refusal)).toBe(true);
});

test("the run's cluster collects the dependents of a deleted owner", async () => {
  const path = `/api/v1/namespaces/${await createNamespace()}/configmaps`;
  const create = (metadata: object): Promise<unknown> =>
    adminCall({ method: 'POST', path, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata } });
  const owner = (await create({ name: 'owner' })) as { metadata: { uid: string } };
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
  await create({ name: 'dependent', ownerReferences: [reference] });
  await adminCall({ method: 'DELETE', path: `${path}/owner` });
  const dependent = async (): Promise<number> =>
    (await apiRequest(await adminConnection(), { path: `${path}/dependent` })).status;
  await expect.poll(dependent, { timeout: 15_000 }).toBe(404);
});

test('deleteNamespace with wait resolves when the namespace and what it held are gone', async () => {
  const namespace = await createNamespace();
  const client = await adminClient();
  await client.create(SECRETS, { metadata: { name: 'held', namespace } });
  await deleteNamespace(namespace, { wait: true });
  const { items } = await client.list(SECRETS, { namespace });
  expect(items).toEqual([]);
});

test('eventually says how long it waited and what was missing', async () => {
  const waiting = eventually(() => expect(1).toBe(2), { timeoutMs: 50, intervalMs: 10 });
  await expect(waiting).rejects.toThrow(/^Not so after 0\.\d s and \d+ attempts: expected 1 to be 2/);
});
