import { describe, expect, test } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { MaterialField } from '../../src/sealing/sealed-material.ts';
import type { OperatorProcess } from '../support/operator.ts';
import { atWrite } from '../support/write-proxy.ts';
import type { DeliveryHistory } from '../support/history/delivery-history.ts';
import { type DeliveryStage, KEY } from './delivery-stage.ts';
import { shareStageOf } from './shared-stage.ts';
import type { StagedKind } from './staged-kind.ts';

/** Status (refused), record (places owed, tokens sealed), three Secrets, record (places clean), finalizer. */
const WRITES = 7;
const boundaries: readonly number[] = Array.from({ length: WRITES + 1 }, (_, index) => index + 1);

interface Variant<K extends ApiKey | CryptoKey> {
  readonly title: string;
  readonly spec: Partial<K['spec']>;
  /** Environments whose material waits sealed in the tombstone. */
  readonly sealed: readonly string[];
  /** The version that a key of the same name gets afterwards. */
  readonly nextVersion: number;
}

/** Deletion, cut at every write, and what comes back afterwards. @param fields What is sealed of a version that waits. */
export function describeDeletion<K extends ApiKey | CryptoKey>(
  staged: StagedKind<K>,
  fields: readonly MaterialField[],
): void {
  const withWindow: Variant<K> = {
    title: `${staged.kind} with a recovery window`,
    spec: {},
    sealed: ['production', 'staging'],
    nextVersion: 1,
  };
  const withoutWindow: Variant<K> = {
    title: `${staged.kind} without a recovery window`,
    spec: { recoveryWindow: '0s' } as Partial<K['spec']>,
    sealed: [],
    nextVersion: 2,
  };
  let stage: DeliveryStage<K>;

  shareStageOf(staged, (opened) => {
    stage = opened;
  });

  describe.each([withWindow, withoutWindow])('Deletion of $title', (variant) => {
    test(`takes ${WRITES} writes undisturbed`, async () => {
      await using history = await stage.record();
      await using _operator = await stage.operator();
      await deliver(variant);
      await stage.deleteKey();
      await expectWithdrawn(variant, history);
      expect(stage.proxy.writes).toHaveLength(WRITES);
      // A place that cannot be reached stays owed and does not hold the key: so only here.
      expect(Math.max(...history.withdrawnAt.values())).toBeLessThan(history.keyGoneAt);
      await expectReissued(variant, history);
    });

    test.each(boundaries)(
      'completes after a restart when the operator is killed right after write %i',
      async (number) => {
        await using history = await stage.record();
        await using victim = await stage.operatorProcess();
        await deliver(variant);
        killAtWrite(number, victim);
        await stage.deleteKey();
        // Beyond the last write nothing kills it: then it goes after all is done.
        if (number > WRITES) await stage.whenWithdrawn().then(() => victim.kill('SIGKILL'));
        expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
        stage.proxy.behave();
        await using _operator = await stage.operator();
        await expectWithdrawn(variant, history);
        await expectReissued(variant, history);
      },
    );
  });

  describe(`Deletion of ${staged.kind} with a recovery window`, () => {
    test.each(boundaries)('completes by itself when write %i never reaches the server', async (number) => {
      await using history = await stage.record();
      await using _operator = await stage.operator();
      await deliver(withWindow);
      stage.proxy.treat(atWrite(number, { kind: 'drop' }));
      await stage.deleteKey();
      await expectWithdrawn(withWindow, history);
      await expectReissued(withWindow, history);
    });

    test.each(boundaries)('completes by itself when the answer to write %i is lost', async (number) => {
      await using history = await stage.record();
      await using _operator = await stage.operator();
      await deliver(withWindow);
      stage.proxy.treat(atWrite(number, { kind: 'loseAnswer' }));
      await stage.deleteKey();
      await expectWithdrawn(withWindow, history);
      await expectReissued(withWindow, history);
    });
  });

  async function deliver({ spec }: Variant<K>): Promise<void> {
    await stage.applyProject();
    await stage.applyKey(spec);
    await stage.whenDelivered();
    stage.proxy.recount();
  }

  function killAtWrite(number: number, victim: OperatorProcess): void {
    const kill = async (): Promise<void> => {
      victim.kill('SIGKILL');
      await victim.exited;
    };
    stage.proxy.treat(atWrite(number, { kind: 'loseAnswer', afterwards: kill }));
  }

  /** The tombstone keeps the counter and what may come back; nothing else is left. */
  async function expectWithdrawn({ sealed }: Variant<K>, history: DeliveryHistory): Promise<void> {
    const record = await stage.whenWithdrawn();
    expect(record.ledger).toMatchObject({ phase: 'Withdrawn', lastVersion: 1 });
    for (const entry of record.ledger.environments) {
      expect(entry).toMatchObject({ state: 'Withdrawn', places: [] });
      expect(entry.destroyAt !== undefined).toBe(sealed.includes(entry.name));
    }
    const entries = record.sealed?.entries ?? [];
    expect(entries.map(({ environment, field }) => `${environment} ${field}`).toSorted()).toEqual(
      sealed.flatMap((environment) => fields.map((field) => `${environment} ${field}`)),
    );

    const ordered = history.recordedAt(({ ledger }) => ledger.phase === 'Withdrawn');
    const saved = history.recordedAt(
      (stored) =>
        stored.ledger.phase === 'Withdrawn' && stored.sealed?.entries.length === sealed.length * fields.length,
    );
    const refused = history.keyAt(({ status }) => status?.state === 'Suspended');
    const withdrawn = [...history.withdrawnAt.values()];
    expect(withdrawn).toHaveLength(3);
    expect(Math.min(...withdrawn)).toBeGreaterThan(sealed.length === 0 ? ordered : saved);
    expect(Math.min(...withdrawn)).toBeGreaterThan(refused);
    expect(ordered).toBeGreaterThan(refused);
  }

  /** Inside the window the same token or key comes back; without one the counter goes on. */
  async function expectReissued({ spec, nextVersion }: Variant<K>, history: DeliveryHistory): Promise<void> {
    await stage.applyKey(spec);
    const key = await stage.whenDelivered();
    const secrets = await stage.deliveredSecrets();
    await history.upTo([key, ...secrets]);
    expect(key.status).toMatchObject({ state: 'Active', version: nextVersion, deployment: { ready: 3, total: 3 } });
    expect(secrets).toHaveLength(3);
    const versions = Array.from({ length: nextVersion }, (_, index) => index + 1);
    const values = Object.fromEntries([...history.valuesByVersion].map(([version, found]) => [version, found.size]));
    expect(values, 'values ever readable').toEqual(
      Object.fromEntries(
        versions.flatMap((version) =>
          [`${KEY} staging v${version}`, `${KEY} production v${version}`].map((name) => [name, 1]),
        ),
      ),
    );
    expect(new Set(history.material.map(({ value }) => value)).size).toBe(2 * nextVersion);
    expect(history.deliveredBeforePublished).toEqual([]);
  }
}
