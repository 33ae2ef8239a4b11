import { expect, test } from 'vitest';
import { eventually } from '../support/harness/eventually.ts';
import { expectDeliveredOnce } from './delivered-once.ts';
import { type DeliveryStage, KEY, PRODUCTION, TARGETS } from './delivery-stage.ts';
import { holdWrite, leader, standby, stealLease } from './lease-theft.ts';
import { shareStage } from './shared-stage.ts';

/** As write-boundaries.test.ts counts them. */
const WRITES = 13;

let stage: DeliveryStage;

shareStage((opened) => {
  stage = opened;
});

test.each(Array.from({ length: WRITES }, (_, index) => index + 1))(
  'A leader whose lease is stolen in the middle of write %i does no harm when that arrives late',
  async (number) => {
    await using history = await stage.record();
    const { held, release } = holdWrite(stage, ({ writeNumber }) => writeNumber === number);
    await using elder = await leader(stage);
    await using _younger = await standby(stage);
    await stage.applyProject();
    await stage.applyKey();
    await held();
    await stealLease(stage);
    expect(await elder.ended).toBe('lost');
    await stage.whenReady();
    await release();
    await expectDeliveredOnce(stage, history);
  },
);

test('A Secret that a former leader posts after its key was deleted is withdrawn', async () => {
  await using elder = await leader(stage);
  await using _younger = await standby(stage);
  const path = `/api/v1/namespaces/${PRODUCTION[0]}/secrets`;
  const { held, release } = holdWrite(stage, (request) => request.method === 'POST' && request.path === path);
  await stage.applyProject();
  await stage.applyKey();
  await held();
  await stealLease(stage);
  expect(await elder.ended).toBe('lost');
  await stage.whenReady();
  await stage.deleteKey();
  await stage.whenWithdrawn();
  await using history = await stage.record();
  await release();
  await eventually(() => expect(history.material.map(({ place }) => place)).toEqual([`${PRODUCTION[0]}/${KEY}`]));
  await eventually(async () => expect(await stage.deliveredSecrets()).toEqual([]));
  const { ledger } = await stage.whenWithdrawn();
  expect(ledger).toMatchObject({ phase: 'Withdrawn', lastVersion: 1 });
});

test('A leader that cannot reach the API server for longer than its lease ends, and its successor finishes', async () => {
  await using history = await stage.record();
  await using elder = await leader(stage);
  await stage.applyProject();
  const { held } = holdWrite(stage, ({ writeNumber }) => writeNumber === WRITES - 3);
  await stage.applyKey();
  await held();
  stage.proxy.treat(() => ({ kind: 'drop' }));
  expect(await elder.ended).toBe('lost');
  expect((await stage.deliveredSecrets()).length).toBeLessThan(TARGETS.length);
  await using _younger = await standby(stage);
  await expectDeliveredOnce(stage, history);
});
