import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKeySpec } from '../../src/api/generated/api-key.ts';
import type { OperatorProcess } from '../support/operator.ts';
import { atWrite } from '../support/write-proxy.ts';
import { expectDeliveredOnce } from './delivered-once.ts';
import { DeliveryStage } from './delivery-stage.ts';

/**
 * First issue and delivery, cut at every write: the four Secrets of the installation, the claim of the project, then
 * finalizer, record, status, three Secrets, record (drop of the tokens), status. One case more than there are
 * writes shows that the last one is counted.
 */
interface Variant {
  readonly title: string;
  readonly spec: Partial<ApiKeySpec>;
  readonly writes: number;
  /** Fields that stay sealed, for each environment. */
  readonly sealed: readonly string[];
}

const variants: readonly Variant[] = [
  { title: 'a plain key', spec: {}, writes: 13, sealed: [] },
  {
    title: 'a recoverable key with signing secret',
    spec: { recoverable: true, signingSecret: {} },
    // Nothing is dropped, so the second record write falls away.
    writes: 12,
    sealed: ['signingSecret', 'token'],
  },
];

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

describe.each(variants)('First issue of $title', ({ spec, writes, sealed }) => {
  const boundaries = numbersTo(writes + 1);
  // Applied together with its project, a key may report once more that it waits for it.
  const togetherWrites = writes + 1;

  test(`takes ${writes} writes undisturbed`, async () => {
    await using history = await stage.record();
    await using operator = await stage.operator();
    await stage.applyProject();
    await stage.whenClaimed();
    await stage.applyKey(spec);
    await expectDeliveredOnce(stage, history, { sealed });
    expect(stage.proxy.writes).toHaveLength(writes);
    await stage.whenReported();
    expect(await stage.writesOfResync(operator)).toEqual({ counted: [], other: [] });
  });

  test.each(boundaries)('converges by itself when write %i never reaches the server', async (number) => {
    await using history = await stage.record();
    stage.proxy.treat(atWrite(number, { kind: 'drop' }));
    await using operator = await stage.operator();
    await stage.applyProject();
    await stage.whenClaimed();
    await stage.applyKey(spec);
    await expectDeliveredOnce(stage, history, { sealed });
    expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
  });

  test.each(boundaries)('converges by itself when the answer to write %i is lost', async (number) => {
    await using history = await stage.record();
    stage.proxy.treat(atWrite(number, { kind: 'loseAnswer' }));
    await using operator = await stage.operator();
    await stage.applyProject();
    await stage.whenClaimed();
    await stage.applyKey(spec);
    await expectDeliveredOnce(stage, history, { sealed });
    expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
  });

  test.each(numbersTo(togetherWrites + 1))(
    'converges after a restart when the operator is killed right after write %i',
    async (number) => {
      await stage.applyProject();
      await stage.applyKey(spec);
      await using history = await stage.record();
      const spawned = Promise.withResolvers<OperatorProcess>();
      const kill = async (): Promise<void> => {
        const victim = await spawned.promise;
        victim.kill('SIGKILL');
        await victim.exited;
      };
      stage.proxy.treat(atWrite(number, { kind: 'loseAnswer', afterwards: kill }));
      await using victim = await stage.operatorProcess();
      spawned.resolve(victim);
      // Beyond the last write nothing kills it: then it goes after all is done.
      await Promise.race([victim.exited, stage.whenReady().then(kill)]);
      expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
      stage.proxy.behave();
      await using operator = await stage.operator();
      await expectDeliveredOnce(stage, history, { sealed });
      expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
    },
  );
});

function numbersTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
