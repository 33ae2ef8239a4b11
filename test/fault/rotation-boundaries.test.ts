import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OperatorProcess } from '../support/operator.ts';
import { atWrite } from '../support/write-proxy.ts';
import { eventually } from '../support/harness/eventually.ts';
import type { DeliveryHistory } from './delivery-history.ts';
import { DeliveryStage, KEY, TARGETS } from './delivery-stage.ts';

/**
 * Record (version 2, the token of version 1 sealed again), status, three Secrets with both tokens, record (the end of
 * the overlap, the new token dropped), status; then three Secrets without the old token, record (retired), status.
 */
const WRITES = 12;
const boundaries: readonly number[] = Array.from({ length: WRITES + 1 }, (_, index) => index + 1);
const ROTATION = { rotation: { trigger: 'drill', overlap: '1s' } };
const ENVIRONMENTS = ['staging', 'production'];

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await DeliveryStage.open();
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});
afterEach(async () => {
  await stage.reset();
});

/** Version 1 is everywhere, and writes are counted from here on. */
async function deliver(): Promise<void> {
  await stage.applyProject({ policy: { minRotationInterval: '0s' } });
  await stage.applyKey();
  await stage.whenDelivered();
  stage.proxy.recount();
}

/** One token for each of two versions was ever readable, and only the second one is left, anywhere. */
async function expectRotatedOnce(history: DeliveryHistory): Promise<void> {
  const key = await eventually(
    async () => {
      const seen = await stage.whenReady();
      expect(seen.status).toMatchObject({ version: 2, state: 'Active' });
      return seen;
    },
    { timeoutMs: 30_000 },
  );
  await stage.whenQuiet();
  for (const { versions = [] } of key.status?.environments ?? []) {
    expect(versions.map(({ version, state }) => [version, state])).toEqual([[2, 'Current']]);
  }
  const secrets = await stage.deliveredSecrets();
  expect(new Set(secrets.map(({ metadata }) => metadata.namespace))).toEqual(new Set(TARGETS));
  expect(secrets).toHaveLength(TARGETS.length);
  for (const { data = {} } of secrets) expect(Object.keys(data).toSorted()).toEqual(['key-id', 'token']);
  const { ledger, sealed } = await stage.recordOf();
  expect(ledger).toMatchObject({ lastVersion: 2, triggers: [expect.any(String)] });
  expect(sealed?.entries ?? []).toEqual([]);

  await history.upTo([key, ...secrets]);
  const versions = ENVIRONMENTS.flatMap((environment) => [1, 2].map((number) => `${KEY} ${environment} v${number}`));
  const readable = [...history.valuesByVersion].map(([version, values]) => [version, values.size]);
  expect(Object.fromEntries(readable), 'values ever readable').toEqual(
    Object.fromEntries(versions.map((version) => [version, 1])),
  );
  expect(history.deliveredBeforePublished).toEqual([]);
  expect(history.deliveredBeforeRecorded).toEqual([]);
}

describe('Rotation with an overlap', () => {
  test(`takes ${WRITES} writes undisturbed`, async () => {
    await using history = await stage.record();
    await using operator = await stage.operator();
    await deliver();
    await stage.applyKey(ROTATION);
    await expectRotatedOnce(history);
    expect(stage.proxy.writes).toHaveLength(WRITES);
    expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
  });

  test.each(['drop', 'loseAnswer'] as const)(
    'converges by itself at every write that meets %s',
    { timeout: 240_000 },
    async (kind) => {
      for (const number of boundaries) {
        await using history = await stage.record();
        await using operator = await stage.operator();
        await deliver();
        stage.proxy.treat(atWrite(number, { kind }));
        await stage.applyKey(ROTATION);
        await expectRotatedOnce(history);
        expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
        await operator.stop();
        await stage.reset();
      }
    },
  );

  test.each(boundaries)(
    'converges after a restart when the operator is killed right after write %i',
    async (number) => {
      await using history = await stage.record();
      await using victim = await stage.operatorProcess();
      await deliver();
      stage.proxy.treat(atWrite(number, { kind: 'loseAnswer', afterwards: () => killed(victim) }));
      await stage.applyKey(ROTATION);
      // Beyond the last write nothing kills it: then it goes after all is done.
      if (number > WRITES) await expectRotatedOnce(history).then(() => killed(victim));
      expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
      stage.proxy.behave();
      await using operator = await stage.operator();
      await expectRotatedOnce(history);
      expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
    },
  );
});

async function killed(victim: OperatorProcess): Promise<void> {
  victim.kill('SIGKILL');
  await victim.exited;
}
