/** Somebody who may edit the ApiKey does so right before each write of the operator to it. */
import { expect, test } from 'vitest';
import { API_KEYS } from '../../src/api/resources.ts';
import { eventually } from '../support/harness/eventually.ts';
import type { ProxiedRequest } from '../support/write-proxy.ts';
import { type DeliveryStage, KEY } from './delivery-stage.ts';
import { shareStage } from './shared-stage.ts';

const NEVER_DONE = Number.POSITIVE_INFINITY;

let stage: DeliveryStage;

shareStage((opened) => {
  stage = opened;
});

/** Lets the next `count` writes to the key find that somebody was first. */
function overtakeWrites(count: number): void {
  let left = count;
  stage.proxy.treat(({ isWrite, path }: ProxiedRequest) => {
    if (!isWrite || !path.includes(`/apikeys/${KEY}`) || left === 0) return { kind: 'forward' };
    left -= 1;
    return { kind: 'hold', until: editKey(`edit ${left}`) };
  });
}

async function editKey(value: string): Promise<void> {
  const { namespace = '', name } = (await stage.key()).metadata;
  const patch = { metadata: { annotations: { 'example.com/touched': `${value} ${performance.now()}` } } };
  await stage.cluster.client.patch(API_KEYS, { namespace, name }, patch);
}

async function delivered(): Promise<void> {
  await stage.applyProject();
  await stage.applyKey();
  await stage.whenDelivered();
}

test.each([
  { name: 'a suspension', spec: { suspended: true }, state: 'Suspended' },
  { name: 'an expiry', spec: { expiresAt: '2020-01-01T00:00:00Z' }, state: 'Expired' },
])('verifiers hear of $name in the pass that others were four times faster', async ({ spec, state }) => {
  await using operator = await stage.operator();
  await delivered();
  overtakeWrites(4);
  await stage.applyKey(spec);
  await eventually(async () => expect((await stage.key()).status?.state).toBe(state));
  await stage.whenQuiet();
  expect(operator.logLines.filter((line) => line.includes('Reconcile failed'))).toEqual([]);
});

test('a deletion withdraws its Secrets although none of its writes to the key succeeds', async () => {
  await using _operator = await stage.operator();
  await delivered();
  overtakeWrites(NEVER_DONE);
  await stage.deleteKey();
  await eventually(async () => expect(await stage.deliveredSecrets()).toHaveLength(0));
  expect((await stage.recordOf()).ledger.phase).toBe('Withdrawn');
  expect(await stage.isKeyThere()).toBe(true);

  stage.proxy.behave();
  await stage.whenWithdrawn();
});

test('a deletion ends in the pass whose first write to the key came too late', async () => {
  await using operator = await stage.operator();
  await delivered();
  overtakeWrites(1);
  await stage.deleteKey();
  await stage.whenWithdrawn();
  expect(operator.logLines.filter((line) => line.includes('Reconcile failed'))).toEqual([]);
});
