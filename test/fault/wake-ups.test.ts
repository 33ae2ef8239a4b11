/** A key is looked at when its time has come: nothing asks the API server until then, and nothing happens before. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEYS } from '../../src/api/resources.ts';
import { eventually } from '../support/harness/eventually.ts';
import { recordWatch } from '../support/harness/watch-recorder.ts';
import type { RunningOperator } from '../support/operator.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import { AUTHORS, DeliveryStage } from './delivery-stage.ts';

/** How long nothing may be asked before the time that a key waits for. */
const AHEAD_MS = 10_000;
/** One rotates the key. A timer may be a moment ahead of the wall clock, and is set again then. */
const MOST_LOOKS = 4;

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await DeliveryStage.open();
}, 120_000);
afterAll(async () => stage[Symbol.asyncDispose]());

/** How often keys were looked at since the operator started. */
async function looksAtKeys(operator: RunningOperator): Promise<number> {
  const totals = (await operator.metricsText()).matchAll(
    /^controller_runtime_reconcile_total\{controller="key",.*\} (\d+)$/gm,
  );
  return Array.from(totals, ([, total]) => Number(total)).reduce((sum, total) => sum + total, 0);
}

/** Resolves once nothing is looked at, and nothing waits for its turn. */
async function whenIdle(operator: RunningOperator): Promise<void> {
  await eventually(async () => {
    const busy = (await operator.metricsText()).matchAll(/^workqueue_(?:depth|unfinished_work_seconds)\{.*\} (\S+)$/gm);
    expect(Array.from(busy, ([, value]) => Number(value)).filter((value) => value > 0)).toEqual([]);
  });
}

test('a rotation by interval comes by itself at its time, with no request before it', { timeout: 60_000 }, async () => {
  const clock = new WarpedClock();
  await using operator = await stage.operator({ dependencies: { clock } });
  await stage.applyProject({ policy: { minRotationInterval: '0s' } });
  await stage.applyKey({ rotation: { interval: '1m', overlap: '0s' } });
  await stage.whenDelivered();
  await stage.whenReported();
  const dueMs = await eventually(async () => {
    const { status } = await stage.key();
    expect(status?.nextRotationAt).toBeDefined();
    return Date.parse(status?.nextRotationAt ?? '');
  });

  await using history = await recordWatch(stage.cluster.client, API_KEYS, { namespace: AUTHORS });
  clock.jump(dueMs - AHEAD_MS - clock.now().getTime());
  expect(await stage.writesOfResync(operator)).toEqual({ counted: [], other: [] });
  await whenIdle(operator);
  const looks = await looksAtKeys(operator);
  const early: string[] = [];
  stage.proxy.treat(({ method, path, isWatch }) => {
    if (!isWatch && clock.now().getTime() < dueMs) early.push(`${method} ${path}`);
    return { kind: 'forward' };
  });
  await history.until((events) => events.some(({ object }) => object.status?.version === 2));
  expect(early).toEqual([]);
  expect((await looksAtKeys(operator)) - looks).toBeLessThanOrEqual(MOST_LOOKS);
});
