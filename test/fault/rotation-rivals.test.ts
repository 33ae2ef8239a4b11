/** Rotations of keys that two operators want to make, of which one may know less than the other. */
import { expect, test } from 'vitest';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { eventually } from '../support/harness/eventually.ts';
import { type DeliveryStage, KEY, STAGING } from './delivery-stage.ts';
import { holdWrite, leader, standby, stealLease } from './lease-theft.ts';
import { expectRotatedOnce, expectSettledAt } from './rotated-once.ts';
import { shareStage } from './shared-stage.ts';

/**
 * As rotation-boundaries.test.ts counts them: the record, status, a Secret, the record with the end of the overlap,
 * status, a Secret without the old token, the record without the old version, status. Secrets beside one that is
 * held are written meanwhile.
 */
const WRITES = [1, 2, 3, 6, 7, 8, 11, 12];

let stage: DeliveryStage;
shareStage((opened) => {
  stage = opened;
});

async function deliver(...names: readonly string[]): Promise<void> {
  await stage.applyProject({ policy: { minRotationInterval: '0s' } });
  for (const name of names) await stage.applyKey({}, name);
  for (const name of names) await stage.whenDelivered(name);
}

function rotate(trigger: string, overlap: string, name = KEY): Promise<void> {
  return stage.applyKey({ rotation: { trigger, overlap } }, name);
}

test.each(WRITES)(
  'flow q: a leader whose lease is stolen in the middle of write %i of a rotation does no harm when that arrives late',
  async (number) => {
    await using history = await stage.record();
    await using elder = await leader(stage);
    await using younger = await standby(stage, stage.proxy);
    await deliver(KEY);
    stage.proxy.recount();
    const { held, release } = holdWrite(stage, ({ writeNumber }) => writeNumber === number);
    await rotate('drill', '1s');
    await held();
    await stealLease(stage);
    expect(await elder.ended).toBe('lost');
    await expectRotatedOnce(stage, history, { operators: [] });
    await release();
    await expectRotatedOnce(stage, history, { operators: [younger] });
  },
);

test('flow q: a Secret of a version long gone, which a former leader posts late, is brought up to date', async () => {
  await using history = await stage.record();
  const namespace = STAGING[0];
  await using elder = await leader(stage);
  await deliver(KEY);
  const isPost = ({ method, path }: { method: string; path: string }): boolean =>
    method === 'POST' && path === `/api/v1/namespaces/${namespace}/secrets`;
  const { held, release } = holdWrite(stage, isPost);
  await stage.removeSecret(namespace, KEY);
  await held();
  await stealLease(stage);
  expect(await elder.ended).toBe('lost');
  {
    await using younger = await standby(stage, stage.proxy);
    await rotate('first', '0s');
    await expectRotatedOnce(stage, history, { operators: [] });
    await rotate('second', '0s');
    await expectRotatedOnce(stage, history, { version: 3, operators: [younger] });
  }
  await stage.removeSecret(namespace, KEY);
  await release();
  await eventually(async () => expect(await versionIn(namespace)).toBe('1'));
  await using younger = await standby(stage, stage.proxy);
  await eventually(() => expectSettledAt(stage, [KEY], 3));
  expect(await stage.writesOfResync(younger)).toMatchObject({ counted: [] });
  expect([...history.valuesByVersion.values()].map(({ size }) => size)).toEqual(Array.from({ length: 6 }, () => 1));
});

async function versionIn(namespace: string): Promise<string | undefined> {
  const { metadata } = await stage.cluster.client.get(SECRETS, { namespace, name: KEY });
  return metadata.annotations?.['keywright.dev/version'];
}

test('Operators that run side by side without a lease rotate each key once for each order', async () => {
  await using history = await stage.record();
  await using one = await stage.operator();
  await using other = await stage.operator();
  const names = Array.from({ length: 5 }, (_, index) => `${KEY}-${index}`);
  await deliver(...names);
  await Promise.all(names.map((name) => rotate('first', '1s', name)));
  await expectRotatedOnce(stage, history, { keys: names, operators: [] });
  await Promise.all(names.map((name) => rotate('second', '0s', name)));
  await expectRotatedOnce(stage, history, { keys: names, version: 3, operators: [one, other] });
});
