import { afterAll, afterEach, beforeAll } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import { DeliveryStage } from './delivery-stage.ts';
import { STAGED_API_KEY, type StagedKind } from './staged-kind.ts';

/** One stage for the ApiKeys of all tests of a file or a `describe`. As `shareStageOf`. */
export function shareStage(onOpen: (stage: DeliveryStage) => void): void {
  shareStageOf(STAGED_API_KEY, onOpen);
}

/**
 * Opens a stage before the first test and closes it after the last. After each test, and after what that does in
 * `afterEach`, everything is taken away that it left.
 * @param onOpen Told before the first test.
 */
export function shareStageOf<K extends ApiKey | CryptoKey>(
  staged: StagedKind<K>,
  onOpen: (stage: DeliveryStage<K>) => void | Promise<void>,
): void {
  let stage: DeliveryStage<K> | undefined;

  beforeAll(async () => {
    stage = await DeliveryStage.of(staged);
    await onOpen(stage);
  });

  afterEach(async () => {
    await stage?.reset();
  });

  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });
}
