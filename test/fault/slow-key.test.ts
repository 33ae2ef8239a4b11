/** A key that takes seconds to make, and an operator that does not live to see it. */
import { expect, test } from 'vitest';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import { eventually } from '../support/harness/eventually.ts';
import type { Fate, ProxiedRequest } from '../support/write-proxy.ts';
import { expectDeliveredOnce } from './delivered-once.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import { leader, standby, stealLease } from './lease-theft.ts';
import { shareStageOf } from './shared-stage.ts';
import { STAGED_CRYPTO_KEY } from './staged-kind.ts';

const SEALED = ['material', 'passphrase'];

let stage: DeliveryStage<CryptoKey>;

shareStageOf(STAGED_CRYPTO_KEY, (opened) => {
  stage = opened;
});

/** The finalizer is the last write before a key is ordered, and the record the first one after it was made. */
async function whenBeingMade(): Promise<void> {
  await eventually(async () => expect((await stage.key()).metadata.finalizers).toHaveLength(1), { intervalMs: 10 });
}

test('A slow key whose operator is killed while it is being made is made once by the next one', async () => {
  await using history = await stage.record();
  await using victim = await stage.operatorProcess();
  await stage.applyProject();
  await stage.applyKey({ algorithm: 'RSA-4096' });
  await whenBeingMade();
  victim.kill('SIGKILL');
  expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await stage.recordCount()).toBe(0);
  await using operator = await stage.operator();
  await expectDeliveredOnce(stage, history, { sealed: SEALED });
  expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
});

test('A slow key whose operator loses its lease while it is being made is made once by the next leader', async () => {
  await using history = await stage.record();
  await using elder = await leader(stage);
  await using _younger = await standby(stage);
  await stage.applyProject();
  await stage.applyKey({ algorithm: 'RSA-4096' });
  await whenBeingMade();
  await stealLease(stage);
  expect(await elder.ended).toBe('lost');
  await expectDeliveredOnce(stage, history, { sealed: SEALED });
  expect(await stage.recordCount()).toBe(1);
});

test('A slow key that is deleted while it is being made leaves neither record nor Secret', async () => {
  await using history = await stage.record();
  await using _operator = await stage.operator();
  await stage.applyProject();
  await stage.applyKey({ algorithm: 'RSA-4096' });
  await whenBeingMade();
  await stage.deleteKey();
  await eventually(async () => expect(await stage.isKeyThere()).toBe(false));
  await stage.whenQuiet();
  expect(await stage.recordCount()).toBe(0);
  expect(history.material).toEqual([]);

  await stage.applyKey();
  await expectDeliveredOnce(stage, history, { sealed: SEALED });
});

test.each<Fate['kind'] & ('drop' | 'loseAnswer')>(['drop', 'loseAnswer'])(
  'A slow key whose first record meets %s is still made into one version',
  async (kind) => {
    await using history = await stage.record();
    await using operator = await stage.operator();
    await stage.applyProject();
    await stage.whenClaimed();
    stage.proxy.treat(firstRecord({ kind }));
    await stage.applyKey({ algorithm: 'RSA-2048' });
    await expectDeliveredOnce(stage, history, { sealed: SEALED });
    expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
  },
);

function firstRecord(fate: Fate): (request: ProxiedRequest) => Fate {
  return ({ method, path }) => {
    if (method !== 'POST' || !path.endsWith('/secrets')) return { kind: 'forward' };
    stage.proxy.behave();
    return fate;
  };
}
