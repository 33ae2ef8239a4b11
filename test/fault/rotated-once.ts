import { expect } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { API_KEYS } from '../../src/api/resources.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf } from '../support/key-world.ts';
import type { RunningOperator } from '../support/operator.ts';
import type { DeliveryHistory } from '../support/history/delivery-history.ts';
import { AUTHORS, KEY, TARGETS, type DeliveryStage } from './delivery-stage.ts';

const ENVIRONMENTS = ['staging', 'production'] as const;

export interface RotatedOnce {
  /** Names of all keys there are. @default {['checkout']} */
  readonly keys?: readonly string[];
  /** The one version that is left of each. @default {2} */
  readonly version?: number;
  /** Whoever works now: asked to look at everything, they write nothing. */
  readonly operators: readonly RunningOperator[];
  /** @default {30000} */
  readonly timeoutMs?: number;
}

/**
 * What has to hold after rotations, however they were disturbed: every key has the one version wanted, delivered at
 * all its places and nowhere else, with no trace of the ones before; of each version and environment one token was
 * ever readable; and record, status and Secrets came in the order that verifiers rely on.
 */
export async function expectRotatedOnce(
  stage: DeliveryStage,
  history: DeliveryHistory,
  { keys: names = [KEY], version = 2, operators, timeoutMs = 30_000 }: RotatedOnce,
): Promise<void> {
  await eventually(() => expectSettledAt(stage, names, version), { timeoutMs });
  await stage.whenQuiet();
  await expectSettledAt(stage, names, version);

  const { items: keys } = await stage.cluster.client.list(API_KEYS, { namespace: AUTHORS });
  await history.upTo([...keys, ...(await stage.deliveredSecrets())]);
  expect(readableTokens(history)).toEqual(oneTokenEach(names, version));
  expect(new Set(history.material.map(({ value }) => value)).size).toBe(names.length * ENVIRONMENTS.length * version);
  expect(history.deliveredBeforePublished).toEqual([]);
  expect(history.deliveredBeforeRecorded).toEqual([]);
  expect(history.misordered).toEqual([]);
  for (const operator of operators) expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
}

/** How many tokens were ever readable, by "<key> <environment> v<version>". */
function readableTokens({ valuesByVersion }: DeliveryHistory): Readonly<Record<string, number>> {
  return Object.fromEntries([...valuesByVersion].map(([version, values]) => [version, values.size]));
}

function oneTokenEach(names: readonly string[], version: number): Readonly<Record<string, number>> {
  const numbers = Array.from({ length: version }, (_, index) => index + 1);
  const versions = names.flatMap((name) =>
    ENVIRONMENTS.flatMap((environment) => numbers.map((number) => `${name} ${environment} v${number}`)),
  );
  return Object.fromEntries(versions.map((each) => [each, 1]));
}

/** Throws unless status, Secrets and records of all keys show this version alone. */
export async function expectSettledAt(stage: DeliveryStage, names: readonly string[], version: number): Promise<void> {
  const { items } = await stage.cluster.client.list(API_KEYS, { namespace: AUTHORS });
  expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual(names.toSorted());
  for (const key of items) expectReadyAt(key, version);
  const secrets = await stage.deliveredSecrets();
  const places = names.flatMap((name) => TARGETS.map((namespace) => `${namespace}/${name}`));
  expect(secrets.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).toSorted()).toEqual(places.toSorted());
  for (const { metadata, data = {} } of secrets) {
    expect(Object.keys(data).toSorted()).toEqual(['key-id', 'token']);
    expect(metadata.annotations?.['keywright.dev/version']).toBe(String(version));
  }
  for (const name of names) {
    const { ledger, sealed } = await stage.recordOf(name);
    expect(ledger).toMatchObject({ lastVersion: version, phase: 'Active' });
    expect(sealed?.entries ?? []).toEqual([]);
  }
}

function expectReadyAt({ metadata, status }: ApiKey, version: number): void {
  const ready = conditionOf({ status });
  expect(`${ready?.status} ${ready?.message}`).toMatch(/^True /);
  expect(status).toMatchObject({ observedGeneration: metadata.generation, version, state: 'Active' });
  const versions = status?.environments?.map((environment) =>
    environment.versions?.map(({ version: number, state }) => [number, state]),
  );
  expect(versions).toEqual(ENVIRONMENTS.map(() => [[version, 'Current']]));
}
