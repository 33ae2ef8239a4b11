import { describe, expect, test } from 'vitest';
import type { OperatorProcess } from '../support/operator.ts';
import { atWrite } from '../support/write-proxy.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import { expectRotatedOnce } from './rotated-once.ts';
import { shareStage } from './shared-stage.ts';

/**
 * Record (version 2, the token of version 1 sealed again), status, three Secrets with both tokens, record (the end of
 * the overlap, the new token dropped), status; then three Secrets without the old token, record (retired), status.
 */
const WRITES = 12;
const boundaries: readonly number[] = Array.from({ length: WRITES + 1 }, (_, index) => index + 1);
const ROTATION = { rotation: { trigger: 'drill', overlap: '1s' } };

let stage: DeliveryStage;
shareStage((opened) => {
  stage = opened;
});

/** Version 1 is everywhere, and writes are counted from here on. */
async function deliver(): Promise<void> {
  await stage.applyProject({ policy: { minRotationInterval: '0s' } });
  await stage.applyKey();
  await stage.whenDelivered();
  stage.proxy.recount();
}

describe('Rotation with an overlap', () => {
  test(`takes ${WRITES} writes undisturbed`, async () => {
    await using history = await stage.record();
    await using operator = await stage.operator();
    await deliver();
    await stage.applyKey(ROTATION);
    await expectRotatedOnce(stage, history, { operators: [operator] });
    expect(stage.proxy.writes).toHaveLength(WRITES);
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
        await expectRotatedOnce(stage, history, { operators: [operator] });
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
      if (number > WRITES) await expectRotatedOnce(stage, history, { operators: [] }).then(() => killed(victim));
      expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
      stage.proxy.behave();
      await using operator = await stage.operator();
      await expectRotatedOnce(stage, history, { operators: [operator] });
    },
  );
});

async function killed(victim: OperatorProcess): Promise<void> {
  victim.kill('SIGKILL');
  await victim.exited;
}
