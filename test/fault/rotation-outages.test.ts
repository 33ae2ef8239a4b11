/** Rotations while the API server or the way to it is bad. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/harness/eventually.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import { slowWrites } from '../support/write-proxy.ts';
import { type DeliveryStage, KEY } from './delivery-stage.ts';
import { expectRotatedOnce } from './rotated-once.ts';
import { shareStage } from './shared-stage.ts';
import { tenPercentFaults } from '../support/ten-percent-faults.ts';

let stage: DeliveryStage;
shareStage((opened) => {
  stage = opened;
});

/** Version 1 of each is everywhere, and writes are counted from here on. */
async function deliver(...names: readonly string[]): Promise<void> {
  await stage.applyProject({ policy: { minRotationInterval: '0s' } });
  for (const name of names) await stage.applyKey({}, name);
  for (const name of names) await stage.whenDelivered(name);
  stage.proxy.recount();
}

function rotate(trigger: string, overlap: string, name = KEY): Promise<void> {
  return stage.applyKey({ rotation: { trigger, overlap } }, name);
}

async function whenStateIs(state: string): Promise<void> {
  await eventually(async () => expect((await stage.key()).status?.state).toBe(state), { intervalMs: 20 });
}

/** As rotation-boundaries.test.ts counts them. */
test.each([
  ['the record of the new version', 1],
  ['a Secret with both tokens', 4],
  ['a Secret without the old token', 9],
])('Operator goes on with a rotation when the API server dies with %s and comes back', async (_what, number) => {
  await using before = await stage.record();
  await using operator = await stage.operator();
  await deliver(KEY);
  const killed = Promise.withResolvers<void>();
  stage.proxy.treat(({ writeNumber }) => {
    if (writeNumber !== number) return { kind: 'forward' };
    return { kind: 'hold', until: stage.cluster.cluster.killApiServer().then(killed.resolve) };
  });
  await rotate('drill', '1s');
  await killed.promise;
  stage.proxy.treat(() => ({ kind: 'drop' }));
  await before.interrupt();
  await stage.cluster.cluster.restartApiServer();
  await using history = await stage.record({ existing: true, after: before });
  stage.proxy.behave();
  await expectRotatedOnce(stage, history, { operators: [operator], timeoutMs: 60_000 });
});

test('Operator ends an overlap while its watches are silent, and follows the next order when it notices', async () => {
  await using history = await stage.record();
  // Three silent bookmark periods of a minute pass in 12 s; a call still has 1 s.
  await using operator = await stage.operator({ dependencies: { clock: new WarpedClock({ speed: 15 }) } });
  await deliver(KEY);
  await rotate('first', '2s');
  await whenStateIs('Rotating');
  stage.proxy.stallWatches();
  await whenStateIs('Active');
  await rotate('second', '0s');
  await expectRotatedOnce(stage, history, { version: 3, operators: [operator], timeoutMs: 60_000 });
});

test('Operator rotates through a server that takes 800 ms for each write', async () => {
  await using history = await stage.record();
  await using operator = await stage.operator({ dependencies: { clock: new WarpedClock() } });
  await deliver(KEY);
  stage.proxy.treat(slowWrites(800));
  await rotate('drill', '1s');
  await whenStateIs('Rotating');
  await whenStateIs('Active');
  expect(stage.proxy.writes).toHaveLength(12);
  stage.proxy.behave();
  await expectRotatedOnce(stage, history, { operators: [operator] });
});

test('Operator rotates thirty keys while a tenth of all requests fails', async () => {
  await using history = await stage.record();
  await using operator = await stage.operator();
  const names = Array.from({ length: 30 }, (_, index) => `${KEY}-${index}`);
  await deliver(...names);
  const faults = tenPercentFaults(20_270_401);
  stage.proxy.treat(faults.fateOf);
  for (const [index, name] of names.entries()) {
    await rotate('drill', index % 2 === 0 ? '0s' : '2s', name);
    await pause(200);
  }
  stage.proxy.behave();
  await expectRotatedOnce(stage, history, { keys: names, operators: [operator], timeoutMs: 60_000 });
  for (const kind of ['drop', 'loseAnswer', 'refuse'] as const) expect(faults.counts[kind]).toBeGreaterThan(0);
});
