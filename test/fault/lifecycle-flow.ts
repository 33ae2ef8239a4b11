import { expect } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { KeyProjectSpec } from '../../src/api/generated/key-project.ts';
import { eventually } from '../support/harness/eventually.ts';
import type { DeliveryHistory } from '../support/history/delivery-history.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import { pictureOf, type KeyPicture } from './key-picture.ts';

/** Something that happens to a key, and the state it ends in wherever it was cut. */
export interface Flow<K extends ApiKey | CryptoKey> {
  /** "Revocation of a whole key". */
  readonly name: string;
  /** What the project has otherwise than the stage's own. */
  readonly project?: Partial<KeyProjectSpec>;
  /** What came before, undisturbed. Absent: nothing, not even the key. */
  readonly given?: (key: CutKey<K>) => Promise<void>;
  /** How long ago that was by the clock of the operator that did it, in milliseconds. @default {0} */
  readonly givenAgoMs?: number;
  /** What sets off the writes that are cut. Absent: that an operator starts. */
  readonly change?: (key: CutKey<K>) => Promise<void>;
  /** How many writes there are when none is disturbed. */
  readonly writes: number;
  /** How many more there may be where two work at once, and one meets what the other wrote. @default {0} */
  readonly conflicts?: number;
  /** What it sets off concerns every key there is, so each cut has a stage to itself. @default {false} */
  readonly isApart?: boolean;
  readonly converged: KeyPicture;
  /** What else holds then; throws until it does. */
  readonly also?: (key: CutKey<K>) => Promise<void>;
  /** Each environment showed a token or key of every version from 1 to this in its Secrets, one of each. */
  readonly versions: number;
}

/** One key of a stage: cuts that need no stage to themselves have a key each. */
export class CutKey<K extends ApiKey | CryptoKey> {
  readonly stage: DeliveryStage<K>;
  readonly name: string;

  constructor(stage: DeliveryStage<K>, name: string) {
    this.stage = stage;
    this.name = name;
  }

  async apply(spec: Partial<K['spec']> = {}): Promise<void> {
    await this.stage.applyKey(spec, this.name);
  }

  async remove(): Promise<void> {
    await this.stage.deleteKey(this.name);
  }

  /** Resolves once it is in this state, `also` does not throw, and nobody writes any more. */
  async settlesAs(wanted: KeyPicture, also?: Flow<K>['also']): Promise<void> {
    await eventually(
      async () => {
        await this.stage.whenQuiet();
        expect(await pictureOf(this.stage, this.name), this.name).toEqual(wanted);
        await also?.(this);
      },
      { timeoutMs: 60_000, intervalMs: 20 },
    );
  }
}

/** Of each key, version and environment one token or key was ever readable, known to record and status before. */
export async function expectReadableOnce<K extends ApiKey | CryptoKey>(
  { versions, converged }: Flow<K>,
  keys: readonly CutKey<K>[],
  history: DeliveryHistory,
): Promise<void> {
  const secrets = await keys[0]?.stage.deliveredSecrets();
  await history.upTo(secrets ?? []);
  const expected = keys.flatMap(({ name }) =>
    Object.keys(converged.environments).flatMap((environment) =>
      Array.from({ length: versions }, (_, index) => [`${name} ${environment} v${index + 1}`, 1] as const),
    ),
  );
  const readable = [...history.valuesByVersion].map(([version, values]) => [version, values.size]);
  expect(Object.fromEntries(readable), 'values ever readable').toEqual(Object.fromEntries(expected));
  for (const dataKey of ['signing-secret', 'passphrase']) {
    const doubled = [...history.valuesUnder(dataKey)].filter(([, values]) => values.size > 1);
    expect(
      doubled.map(([version]) => version),
      `versions with more than one ${dataKey}`,
    ).toEqual([]);
  }
  expect(history.strangeBesideCurrent).toEqual([]);
  expect(history.deliveredBeforePublished).toEqual([]);
  expect(history.deliveredBeforeRecorded).toEqual([]);
}
