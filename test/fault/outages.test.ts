import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/harness/eventually.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import { slowWrites, type ProxiedRequest } from '../support/write-proxy.ts';
import { expectDeliveredOnce } from './delivered-once.ts';
import { type DeliveryStage, KEY, PRODUCTION, STAGING } from './delivery-stage.ts';
import { shareStage } from './shared-stage.ts';
import { tenPercentFaults } from '../support/ten-percent-faults.ts';

const EXPIRED = JSON.stringify({
  type: 'ERROR',
  object: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired', message: 'too old' },
});

let stage: DeliveryStage;

shareStage((opened) => {
  stage = opened;
});

test('Operator delivers what was declared after its watches were cut, again and again', async () => {
  await using history = await stage.record();
  await using _operator = await stage.operator();
  await stage.applyProject();
  await stage.whenClaimed();
  const names = ['first', 'second', 'third'];
  for (const name of names) {
    expect(stage.proxy.watches).toBeGreaterThan(0);
    stage.proxy.cutWatches();
    await stage.applyKey({}, name);
    await stage.whenReady(name);
  }
  await expectDeliveredOnce(stage, history, { keys: names });
});

test('Operator notices a watch that fell silent and goes on', async () => {
  await using history = await stage.record();
  // Three silent bookmark periods of a minute pass in 4.5 s.
  const clock = new WarpedClock({ speed: 40 });
  await using _operator = await stage.operator({ dependencies: { clock } });
  await stage.applyProject();
  await stage.whenClaimed();
  await stage.whenQuiet();
  stage.proxy.stallWatches();
  await stage.applyKey();
  await pause(1_000);
  expect((await stage.key()).metadata.finalizers ?? []).toEqual([]);
  await expectDeliveredOnce(stage, history);
});

test('Operator lists again after 410 and repairs what was lost meanwhile', async () => {
  await using history = await stage.record();
  await using operator = await stage.operator();
  await stage.applyProject();
  await stage.applyKey({}, 'first');
  await stage.whenDelivered('first');
  stage.proxy.treat(({ isWatch }) => ({ kind: isWatch ? 'drop' : 'forward' }));
  stage.proxy.sendToWatches(EXPIRED, { end: true });
  await stage.applyKey();
  await stage.removeSecret(STAGING[0], 'first');
  await pause(300);
  stage.proxy.behave();
  await eventually(async () => expect(await stage.deliveredSecrets()).toHaveLength(6));
  await expectDeliveredOnce(stage, history, { keys: [KEY, 'first'] });
  expect(operator.logLines.filter((line) => line.includes('"status":410')).length).toBeGreaterThan(0);
});

test('Operator survives a line of a watch that is no JSON', async () => {
  await using history = await stage.record();
  await using operator = await stage.operator();
  await stage.applyProject();
  await stage.whenClaimed();
  await stage.whenQuiet();
  stage.proxy.sendToWatches('{"type":"ADDED","object":{"kind":"Secret","data":{"token":"c2VjcmV0LW1hcmtlcg==');
  await stage.applyKey();
  await expectDeliveredOnce(stage, history);
  expect(operator.logLines.filter((line) => line.includes('"fault":"malformed"')).length).toBeGreaterThan(0);
  expect(operator.logLines.join('\n')).not.toMatch(/secret-marker|c2VjcmV0LW1hcmtlcg/);
});

test('Operator waits as long as 429 tells it to', async () => {
  await using history = await stage.record();
  await using _operator = await stage.operator();
  await stage.applyProject();
  await stage.whenClaimed();
  stage.proxy.treat(({ isWatch }) =>
    isWatch ? { kind: 'forward' } : { kind: 'refuse', status: 429, retryAfterSeconds: 1 },
  );
  await stage.applyKey();
  await pause(1_500);
  stage.proxy.behave();
  await expectDeliveredOnce(stage, history);
});

test('Operator delivers through a server that takes 2 s for each write', async () => {
  await using history = await stage.record();
  await using _operator = await stage.operator({ dependencies: { clock: new WarpedClock() } });
  await stage.applyProject();
  await stage.whenClaimed();
  stage.proxy.recount();
  stage.proxy.treat(slowWrites(2_000));
  await stage.applyKey();
  await expectDeliveredOnce(stage, history);
  expect(stage.proxy.writes).toHaveLength(8);
});

test('Operator holds no namespace off for long after an API server that did not answer at all', async () => {
  await using history = await stage.record();
  await using _operator = await stage.operator();
  await stage.applyProject();
  await stage.applyKey({}, 'first');
  await stage.whenDelivered('first');
  const { promise: until, resolve: end } = Promise.withResolvers<void>();
  stage.proxy.treat(({ isWatch }) => (isWatch ? { kind: 'forward' } : { kind: 'hold', until }));
  await stage.applyKey();
  await stage.removeSecret(STAGING[0], 'first');
  // 30 s of the operator's time.
  await pause(3_000);
  stage.proxy.behave();
  end();
  await eventually(async () => expect(await stage.deliveredSecrets()).toHaveLength(6), { timeoutMs: 5_000 });
  await expectDeliveredOnce(stage, history, { keys: ['first', KEY] });
});

test('Operator delivers ten keys while a tenth of all requests fails', async () => {
  await using history = await stage.record();
  await using operator = await stage.operator();
  await stage.applyProject();
  await stage.whenClaimed();
  const faults = tenPercentFaults(20_270_101);
  stage.proxy.treat(faults.fateOf);
  const names = Array.from({ length: 10 }, (_, index) => `${KEY}-${index}`);
  for (const name of names) {
    await stage.applyKey({}, name);
    await pause(900);
  }
  stage.proxy.behave();
  await expectDeliveredOnce(stage, history, { keys: names });
  expect(faults.counts.drop).toBeGreaterThan(0);
  expect(faults.counts.loseAnswer).toBeGreaterThan(0);
  expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
});

test('Operator keeps tokens and versions while its clock jumps an hour forward and back', async () => {
  await using history = await stage.record();
  const clock = new WarpedClock({ speed: 10 });
  const hourMs = 3_600_000;
  await using operator = await stage.operator({ dependencies: { clock } });
  await stage.applyProject();
  await stage.applyKey({}, 'lasting');
  await stage.applyKey({ expiresAt: new Date(Date.now() + hourMs / 2).toISOString() });
  for (const name of ['lasting', KEY]) await stage.whenDelivered(name);
  await stage.whenReported();

  clock.jump(hourMs);
  operator.resync();
  await eventually(async () => expect((await stage.key()).status?.state).toBe('Expired'));
  await eventually(async () => expect(await stage.deliveredSecrets()).toHaveLength(3));
  clock.jump(-2 * hourMs);
  operator.resync();
  await stage.whenReady();
  await stage.applyKey({}, 'late');
  await stage.whenDelivered('late');
  await stage.whenReported();
  clock.jump(hourMs);

  await expectDeliveredOnce(stage, history, { keys: [KEY, 'lasting', 'late'] });
  expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
});

test('Operators that run side by side without a lease mint each version once', async () => {
  await using history = await stage.record();
  await using _one = await stage.operator();
  await using _other = await stage.operator();
  await stage.applyProject();
  const names = Array.from({ length: 5 }, (_, index) => `${KEY}-${index}`);
  for (const name of names) await stage.applyKey({}, name);
  await expectDeliveredOnce(stage, history, { keys: names });
});

test.each<[string, (request: ProxiedRequest) => boolean]>([
  ['the record is written', ({ method, path }) => method === 'POST' && path.includes(`/keywright-system/secrets`)],
  ['Secrets are delivered', ({ method, path }) => method === 'POST' && path.includes(`/${PRODUCTION[0]}/secrets`)],
  ['the report is written', ({ method, path }) => method === 'PUT' && path.includes('/secrets/')],
])('Operator goes on where it was when the API server dies as %s and comes back', async (_when, isTheOne) => {
  await using _operator = await stage.operator();
  await stage.applyProject();
  await stage.whenClaimed();
  const killed = Promise.withResolvers<void>();
  stage.proxy.treat((request) => {
    if (!isTheOne(request)) return { kind: 'forward' };
    return { kind: 'hold', until: stage.cluster.cluster.killApiServer().then(killed.resolve) };
  });
  await stage.applyKey();
  await killed.promise;
  stage.proxy.treat(() => ({ kind: 'drop' }));
  await pause(1_000);
  await stage.cluster.cluster.restartApiServer();
  await using history = await stage.record({ existing: true });
  stage.proxy.behave();
  await expectDeliveredOnce(stage, history);
});
