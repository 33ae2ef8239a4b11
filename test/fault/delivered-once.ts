import { expect } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { DeliveryHistory } from '../support/history/delivery-history.ts';
import { KEY, TARGETS, type DeliveryStage } from './delivery-stage.ts';

const ENVIRONMENTS = ['staging', 'production'] as const;

export interface DeliveredOnce {
  /** Names of all keys there are. @default {['checkout']} */
  readonly keys?: readonly string[];
  /** Fields that stay sealed, for each environment. @default {[]} */
  readonly sealed?: readonly string[];
}

/**
 * What has to hold after a first issue, however it was disturbed: every key is Ready at version 1 with its Secrets
 * at their places and nowhere else, nothing is sealed that need not be, and of each version and environment one
 * token or key was ever readable, known to record and status before.
 */
export async function expectDeliveredOnce<K extends ApiKey | CryptoKey>(
  stage: DeliveryStage<K>,
  history: DeliveryHistory,
  { keys: names = [KEY], sealed = [] }: DeliveredOnce = {},
): Promise<void> {
  for (const name of names) await expectSettled(stage, name, sealed);
  expect(await stage.recordCount()).toBe(names.length);

  const keys = await Promise.all(names.map((name) => stage.key(name)));
  const secrets = await stage.deliveredSecrets();
  const places = names.flatMap((name) => TARGETS.map((namespace) => `${namespace}/${name}`));
  expect(secrets.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).toSorted()).toEqual(places.toSorted());
  await history.upTo([...keys, ...secrets]);

  const versions = names.flatMap((name) => ENVIRONMENTS.map((environment) => `${name} ${environment} v1`));
  const readable = [...history.valuesByVersion].map(([version, values]) => [version, values.size]);
  expect(Object.fromEntries(readable), 'values ever readable').toEqual(
    Object.fromEntries(versions.map((version) => [version, 1])),
  );
  expect(new Set(history.material.map(({ value }) => value)).size).toBe(versions.length);
  expect(history.deliveredBeforePublished).toEqual([]);
  expect(history.deliveredBeforeRecorded).toEqual([]);
  if (sealed.length === 0) expect(history.droppedBeforeDelivered).toEqual([]);
}

async function expectSettled<K extends ApiKey | CryptoKey>(
  stage: DeliveryStage<K>,
  name: string,
  sealed: readonly string[],
): Promise<void> {
  const { status } = await stage.whenDelivered(name);
  expect(status).toMatchObject({ state: 'Active', version: 1, deployment: { ready: 3, total: 3, success: true } });
  const { ledger, sealed: material } = await stage.recordOf(name);
  expect(ledger).toMatchObject({ lastVersion: 1, phase: 'Active' });
  for (const environment of ENVIRONMENTS) {
    const published = status?.environments?.find((entry) => entry.name === environment)?.versions;
    const recorded = ledger.environments.find((entry) => entry.name === environment)?.versions;
    expect(recorded?.map(({ hash }) => hash)).toEqual(published?.map(({ hash }) => hash));
    const fields = material?.entries.filter((entry) => entry.environment === environment).map(({ field }) => field);
    expect(fields?.toSorted() ?? []).toEqual(sealed);
  }
}
