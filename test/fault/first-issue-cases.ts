import { beforeAll, describe, expect, test } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { OperatorProcess } from '../support/operator.ts';
import { atWrite } from '../support/write-proxy.ts';
import { expectDeliveredOnce } from './delivered-once.ts';
import type { DeliveryHistory } from '../support/history/delivery-history.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import { shareStageOf } from './shared-stage.ts';
import type { StagedKind } from './staged-kind.ts';

export interface IssueVariant<K extends ApiKey | CryptoKey> {
  readonly title: string;
  readonly spec: Partial<K['spec']>;
  readonly writes: number;
  /** The first write to cut. Those of installation and project come first, and are the same for every kind. @default {1} */
  readonly firstCut?: number;
  /** Fields that stay sealed, for each environment. */
  readonly sealed: readonly string[];
  /** What the key imports: text by data key of the Secret that `applySources` makes. Nothing else may ever be delivered. */
  readonly sources?: Readonly<Record<string, string>>;
}

/**
 * First issue and delivery, cut at every write: the four Secrets of the installation, the claim of the project, then
 * finalizer, record, status, three Secrets, for tokens the record again (they are dropped), status. One case more
 * than there are writes shows that the last one is counted.
 */
export function describeFirstIssue<K extends ApiKey | CryptoKey>(
  staged: StagedKind<K>,
  variants: readonly IssueVariant<K>[],
): void {
  let stage: DeliveryStage<K>;

  shareStageOf(staged, (opened) => {
    stage = opened;
  });

  describe.each(variants)('First issue of $title', ({ spec, writes, firstCut = 1, sealed, sources = {} }) => {
    const boundaries = numbers(firstCut, writes + 1);
    // Applied together with its project, a key may report once more that it waits for it.
    const togetherWrites = writes + 1;

    beforeAll(async () => {
      await stage.applySources(sources);
    });

    async function expectIssuedOnce(history: DeliveryHistory): Promise<void> {
      await expectDeliveredOnce(stage, history, { sealed });
      const imported = Object.values(sources);
      if (imported.length > 0) expect(new Set(history.material.map(({ value }) => value))).toEqual(new Set(imported));
    }

    test(`takes ${writes} writes undisturbed`, async () => {
      await using history = await stage.record();
      await using operator = await stage.operator();
      await stage.applyProject();
      await stage.whenClaimed();
      await stage.applyKey(spec);
      await expectIssuedOnce(history);
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
      await expectIssuedOnce(history);
      expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
    });

    test.each(boundaries)('converges by itself when the answer to write %i is lost', async (number) => {
      await using history = await stage.record();
      stage.proxy.treat(atWrite(number, { kind: 'loseAnswer' }));
      await using operator = await stage.operator();
      await stage.applyProject();
      await stage.whenClaimed();
      await stage.applyKey(spec);
      await expectIssuedOnce(history);
      expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
    });

    test.each(numbers(firstCut, togetherWrites + 1))(
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
        await expectIssuedOnce(history);
        expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
      },
    );
  });
}

function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
