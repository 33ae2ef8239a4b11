/**
 * etcd put back to an older state under a running operator, as after a disaster: objects, records and Secrets go back
 * together, and resourceVersions that the operator has seen are given out again. It ends, and its next start goes on
 * from what is there.
 */
import { expect, test } from 'vitest';
import type { EtcdBackup } from '../support/cluster/etcd-backup.ts';
import { eventually } from '../support/harness/eventually.ts';
import { uniqueName } from '../support/harness.ts';
import { CONFIG_MAPS, NAMESPACES } from '../../src/kube/objects/resource.ts';
import type { RunningOperator } from '../support/operator.ts';
import type { ProxiedRequest } from '../support/write-proxy.ts';
import type { DeliveryHistory } from '../support/history/delivery-history.ts';
import { type DeliveryStage, KEY } from './delivery-stage.ts';
import { holdWrite } from './lease-theft.ts';
import { expectSettledAt } from './rotated-once.ts';
import { shareStage } from './shared-stage.ts';

let stage: DeliveryStage;
shareStage((opened) => {
  stage = opened;
});

async function deliver(): Promise<void> {
  await stage.applyProject({ policy: { minRotationInterval: '0s' } });
  await stage.applyKey();
  await stage.whenDelivered();
}

function rotate(trigger: string, overlap: string): Promise<void> {
  return stage.applyKey({ rotation: { trigger, overlap } });
}

async function whenSettledAt(version: number): Promise<void> {
  await eventually(() => expectSettledAt(stage, [KEY], version), { timeoutMs: 60_000 });
  await stage.whenQuiet();
}

/** Both versions are everywhere, and the end of the older one is known. */
async function whenOverlapping(): Promise<void> {
  await eventually(
    async () => {
      const { status } = await stage.key();
      expect(status).toMatchObject({ state: 'Rotating', deployment: { success: true } });
      for (const { versions } of status?.environments ?? []) expect(versions?.[1]?.retireAt).toBeDefined();
    },
    { intervalMs: 20 },
  );
}

/** Base64 of the token that each namespace has. */
async function tokens(): Promise<ReadonlyMap<string, string>> {
  const secrets = await stage.deliveredSecrets();
  return new Map(secrets.map(({ metadata, data }) => [metadata.namespace ?? '', data?.['token'] ?? '']));
}

/** The key is at this version alone, nobody writes any more, and since the restore each version had one token. */
async function expectInOnePiece(version: number, operator: RunningOperator, history: DeliveryHistory): Promise<void> {
  await whenSettledAt(version);
  await history.upTo([await stage.key(), ...(await stage.deliveredSecrets())]);
  expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
  for (const [name, values] of history.valuesByVersion) expect([name, values.size]).toEqual([name, 1]);
  expect(history.misordered).toEqual([]);
}

/** A server that starts writes a little of its own: what the operator has seen is to be well beyond that. */
async function writeMore(): Promise<void> {
  const { client } = stage.cluster;
  for (let number = 0; number < 20; number += 1) {
    const metadata = { namespace: 'default', name: uniqueName('filler') };
    await client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  }
  const metadata = { name: uniqueName('filler') };
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata });
}

/** Resolves when the operator has ended because of it. */
async function restore(backup: EtcdBackup, operator: RunningOperator): Promise<void> {
  await writeMore();
  await stage.cluster.cluster.restoreEtcd(backup);
  expect(await operator.ended).toBe('outdated');
}

test('What was rotated after the backup is as it was before, and the next order rotates it once', async () => {
  await using operator = await stage.operator();
  await deliver();
  const before = await tokens();
  const backup = await stage.cluster.cluster.backUpEtcd();
  await rotate('first', '0s');
  await whenSettledAt(2);
  await rotate('second', '0s');
  await whenSettledAt(3);

  await restore(backup, operator);
  await using history = await stage.record({ existing: true });
  await using next = await stage.operator();
  await expectInOnePiece(1, next, history);
  expect(await tokens()).toEqual(before);
  await rotate('again', '1s');
  await expectInOnePiece(2, next, history);
  expect(new Set([...before.values(), ...(await tokens()).values()]).size).toBe(4);
});

test('An overlap that the backup shows ends once more, with the same tokens', async () => {
  await using operator = await stage.operator();
  await deliver();
  await rotate('drill', '5s');
  await whenOverlapping();
  const during = await tokens();
  const backup = await stage.cluster.cluster.backUpEtcd();
  await whenSettledAt(2);

  await restore(backup, operator);
  await using history = await stage.record({ existing: true });
  await using next = await stage.operator();
  await expectInOnePiece(2, next, history);
  expect(await tokens()).toEqual(during);
});

test('A rotation that was being recorded, and a key that the backup knows nothing of, leave nothing behind', async () => {
  await using operator = await stage.operator();
  await deliver();
  const backup = await stage.cluster.cluster.backUpEtcd();
  await stage.applyKey({}, 'younger');
  await stage.whenDelivered('younger');
  const isRecord = ({ method, path }: ProxiedRequest): boolean =>
    method === 'PUT' && path.includes('/keywright-system/secrets/');
  const { held, release } = holdWrite(stage, isRecord);
  await rotate('drill', '0s');
  await held();
  await writeMore();

  await stage.cluster.cluster.restoreEtcd(backup);
  void release();
  expect(await operator.ended).toBe('outdated');
  await using history = await stage.record({ existing: true });
  await using next = await stage.operator();
  // Overtaken, it may be recorded anew before the operator notices: an order that is gone was followed then.
  const version = await eventually(async () => {
    const { status } = await stage.key();
    await expectSettledAt(stage, [KEY], status?.version ?? 0);
    return status?.version ?? 0;
  });
  await expectInOnePiece(version, next, history);
  await stage.applyKey({}, 'younger');
  await stage.whenReady('younger');
});
