/** A write that fails again and again: what verifiers and people see of the key meanwhile, and afterwards. */
import { setTimeout as pause } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { newKeyringSecret } from '../../src/installation/keyring-secret.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf } from '../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../support/operator.ts';
import type { Fate, ProxiedRequest } from '../support/write-proxy.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import { shareStage } from './shared-stage.ts';

let stage: DeliveryStage;

shareStage((opened) => {
  stage = opened;
});

const recordWrites = (fate: Fate): ((request: ProxiedRequest) => Fate) =>
  onlyFor(({ isWrite, path }) => isWrite && path.includes(`/namespaces/${OPERATOR_NAMESPACE}/secrets`), fate);

function onlyFor(isMeant: (request: ProxiedRequest) => boolean, fate: Fate): (request: ProxiedRequest) => Fate {
  return (request) => (isMeant(request) ? fate : { kind: 'forward' });
}

type Shown = readonly [status: string, reason: string, message: string];

function condition(key: Pick<ApiKey, 'status'>, type?: string): Shown | undefined {
  const found = conditionOf(key, type);
  return found && [found.status, found.reason, found.message];
}

async function whenReadyIs(status: string, reason: string): Promise<ApiKey> {
  return eventually(
    async () => {
      const key = await stage.key();
      expect(condition(key)?.slice(0, 2)).toEqual([status, reason]);
      expect(key.status?.observedGeneration).toBe(key.metadata.generation);
      return key;
    },
    { timeoutMs: 20_000 },
  );
}

function statusWrites(): number {
  return stage.proxy.writes.filter((write) => write.endsWith('/status')).length;
}

async function delivered(spec: Parameters<DeliveryStage['applyKey']>[0] = {}): Promise<void> {
  await stage.applyProject();
  await stage.applyKey(spec);
  await stage.whenDelivered();
}

test.each([403, 413, 422])('a record that the server refuses with %d is told once, and retried', async (status) => {
  await using operator = await stage.operator();
  await stage.applyProject();
  await stage.whenClaimed();
  stage.proxy.treat(recordWrites({ kind: 'refuse', status, quoting: true }));
  await stage.applyKey();
  const key = await whenReadyIs('False', 'Forbidden');
  expect(condition(key)?.[2]).toBe(
    `The API server does not store the key's record (${status}); check roles, quotas and admission policies of the operator's namespace`,
  );
  expect(condition(key, 'Accepted')?.[0]).toBe('True');
  expect(condition(key, 'Issued')?.[0]).toBe('Unknown');
  expect(condition(key, 'Stalled')).toBeUndefined();
  const before = statusWrites();
  const refused = stage.proxy.writes.length;
  await eventually(() => expect(stage.proxy.writes.length).toBeGreaterThan(refused + 1));
  expect(statusWrites()).toBe(before);
  expect(operator.logLines.some((line) => line.includes('KW_RECORD_REFUSED'))).toBe(true);

  stage.proxy.behave();
  await stage.whenReady();
});

test.each([
  { name: 'a suspension', change: { suspended: true }, want: { state: 'Suspended', scopes: ['charges.read'] } },
  { name: 'a scope taken away', change: { scopes: [] }, want: { state: 'Active', scopes: [] } },
  {
    name: 'an expiry',
    change: { expiresAt: '2020-01-01T00:00:00Z' },
    want: { state: 'Expired', scopes: ['charges.read'] },
  },
])('verifiers hear of $name although the record cannot be written', async ({ change, want }) => {
  await using _operator = await stage.operator();
  await stage.applyProject({ policy: { scopes: ['charges.*'] } });
  await stage.applyKey({ scopes: ['charges.read'] });
  await stage.whenDelivered();
  stage.proxy.treat(recordWrites({ kind: 'refuse', status: 403 }));
  stage.proxy.recount();
  await stage.applyKey({ scopes: ['charges.read'], outputs: [{ name: 'app', secretName: 'renamed' }], ...change });
  const { status } = await whenReadyIs('False', 'Forbidden');
  expect(status).toMatchObject(want);
  expect(stage.proxy.writes[0]).toMatch(/\/status$/);

  stage.proxy.behave();
  const reason = want.state === 'Active' ? 'Delivered' : want.state;
  const key = await whenReadyIs(want.state === 'Expired' ? 'False' : 'True', reason);
  expect(key.status).toMatchObject(want);
});

test('verifiers hear of a deletion although the record cannot be written', async () => {
  await using _operator = await stage.operator();
  await delivered();
  stage.proxy.treat(recordWrites({ kind: 'refuse', status: 422 }));
  stage.proxy.recount();
  await stage.deleteKey();
  const { status } = await whenReadyIs('False', 'Forbidden');
  expect(status?.state).toBe('Suspended');
  expect(status?.environments?.flatMap(({ versions }) => versions ?? [])).toEqual([]);
  expect(stage.proxy.writes[0]).toMatch(/\/status$/);
  stage.proxy.behave();
  await stage.whenWithdrawn();
});

test('a keyring that opens no record stalls every key, and what is taken away is told', async () => {
  {
    await using _operator = await stage.operator();
    await delivered({ recoverable: true });
  }
  const ref = { namespace: OPERATOR_NAMESPACE, name: 'keywright-keyring' };
  const keyring = await stage.cluster.client.get(SECRETS, ref);
  const other = newKeyringSecret(OPERATOR_NAMESPACE, (length) => randomBytes(length));
  await stage.cluster.client.update(SECRETS, { ...keyring, data: other.data ?? {} });
  {
    await using _operator = await stage.operator();
    await stage.applyKey({ recoverable: true, suspended: true });
    await eventually(async () => expect((await stage.key()).status?.state).toBe('Suspended'));
    await stage.applyKey({ recoverable: true, signingSecret: {} });
    const key = await whenReadyIs('False', 'KEKMissing');
    expect(condition(key, 'Stalled')).toEqual(condition(key)?.with(0, 'True'));
    expect(condition(key)?.[2]).toMatch(/opens no record; restore it from a backup/);
  }
  const { metadata } = await stage.cluster.client.get(SECRETS, ref);
  await stage.cluster.client.update(SECRETS, { ...keyring, metadata });
  await using _operator = await stage.operator();
  await stage.whenReady();
});

test('a server that stumbles once is not told of; one that keeps failing is, when it can be written again', async () => {
  await using _operator = await stage.operator();
  await stage.applyProject();
  await stage.whenClaimed();
  const failed = { kind: 'refuse', status: 500 } as const;
  let stumbles = 1;
  stage.proxy.treat((request) => {
    const fate = recordWrites(failed)(request);
    return fate.kind === 'forward' || stumbles-- > 0 ? fate : { kind: 'forward' };
  });
  await stage.applyKey();
  await stage.whenDelivered();
  expect(statusWrites()).toBe(2);

  stage.proxy.treat(recordWrites(failed));
  await stage.applyKey({ signingSecret: {} });
  const key = await whenReadyIs('False', 'InternalError');
  expect(condition(key)?.[2]).toBe('The API server does not answer as it should; this is retried until it does');
  expect(key.status?.state).toBe('Active');
  await pause(300);
  stage.proxy.behave();
  await stage.whenReady();
});

test('a project that cannot be claimed says so', async () => {
  await using _operator = await stage.operator();
  const isClaim = ({ method, path }: ProxiedRequest): boolean => method === 'PATCH' && path.includes('/keyprojects/');
  stage.proxy.treat(onlyFor(isClaim, { kind: 'refuse', status: 403 }));
  await stage.applyProject();
  await eventually(
    async () => {
      const project = await stage.project();
      expect(condition(project as never)?.slice(0, 2)).toEqual(['False', 'Forbidden']);
      expect(condition(project as never, 'Accepted')).toBeUndefined();
      expect(project.status?.installation).toBeUndefined();
    },
    { timeoutMs: 20_000 },
  );
  stage.proxy.behave();
  await stage.whenClaimed();
});
