/** Slow keys are made beside everything else, and projects take turns. The API server's order of writes is the judge. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { KeyObject } from '../../src/api/key-object.ts';
import { API_KEYS, CRYPTO_KEYS } from '../../src/api/resources.ts';
import { apiKey, cryptoKey } from '../support/builders.ts';
import { recordWatch, type RecordedEvent, type WatchRecorder } from '../support/harness/watch-recorder.ts';
import { conditionOf, KeyWorld, type Tenant } from '../support/key-world.ts';

const SLOW_KEYS = 20;
const FAST_KEYS = 10;
/** Of tests' operators. */
const THREADS = 1;
const PATIENCE = { timeoutMs: 100_000 };

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** What was ordered and not made is not made for the next test. */
afterEach(() => world.stopOperator());

function names(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

async function declareSlow({ authors, project }: Tenant, keys: readonly string[]): Promise<void> {
  for (const name of keys) {
    await world.apply(cryptoKey(`${authors}/${name}`, project).environment('staging').with({ algorithm: 'RSA-3072' }));
  }
}

/** In the order of resourceVersions, which is one for all kinds: when the named key first was as wanted. */
function firstAt<T extends KeyObject>(
  { events }: Pick<WatchRecorder<T>, 'events'>,
  name: string,
  isWanted: (key: KeyObject) => boolean,
): number {
  const found = events.find(({ object }) => object.metadata.name === name && isWanted(object));
  return found === undefined ? Infinity : Number(found.object.metadata.resourceVersion);
}

const isReady = (key: KeyObject): boolean => conditionOf(key)?.status === 'True';
const isHeld = ({ metadata }: KeyObject): boolean => metadata.finalizers !== undefined;

/** Of the keys with these names, and not of those that another test left behind, how many were once as wanted. */
function countOf(
  events: readonly RecordedEvent<KeyObject>[],
  named: readonly string[],
  isWanted: (key: KeyObject) => boolean,
): number {
  const found = new Set(events.flatMap(({ object }) => (isWanted(object) ? [object.metadata.name] : [])));
  return named.filter((name) => found.has(name)).length;
}

test('ApiKeys of another project are delivered while slow keys still wait to be made', async () => {
  const [slow, fast] = [await world.tenant(), await world.tenant()];
  await using slowKeys = await recordWatch(world.client, CRYPTO_KEYS);
  await using fastKeys = await recordWatch(world.client, API_KEYS);
  await declareSlow(slow, names('slow', SLOW_KEYS));
  for (const name of names('fast', FAST_KEYS)) {
    await world.apply(apiKey(`${fast.authors}/${name}`, fast.project).environment('staging').environment('production'));
  }
  await fastKeys.until((events) => countOf(events, names('fast', FAST_KEYS), isReady) === FAST_KEYS, PATIENCE);
  const lastFast = Math.max(...names('fast', FAST_KEYS).map((name) => firstAt(fastKeys, name, isReady)));
  const before = names('slow', SLOW_KEYS).filter((name) => firstAt(slowKeys, name, isReady) < lastFast);
  expect(before.length).toBeLessThan(SLOW_KEYS / 2);

  // They were under way, not left aside.
  await slowKeys.until((events) => countOf(events, names('slow', SLOW_KEYS), isReady) > 0, PATIENCE);
});

test('One slow key of a project is made before those of another project that were declared earlier and wait', async () => {
  await world.startOperator();
  const [greedy, modest] = [await world.tenant(), await world.tenant()];
  await using keys = await recordWatch(world.client, CRYPTO_KEYS);
  await declareSlow(greedy, names('greedy', SLOW_KEYS));
  // The finalizer is the last write before a key is ordered.
  await keys.until((events) => countOf(events, names('greedy', SLOW_KEYS), isHeld) === SLOW_KEYS, PATIENCE);
  await declareSlow(modest, ['modest']);
  await keys.until(() => firstAt(keys, 'modest', isReady) < Infinity, PATIENCE);

  const [orderedAt, readyAt] = [firstAt(keys, 'modest', isHeld), firstAt(keys, 'modest', isReady)];
  const between = names('greedy', SLOW_KEYS)
    .map((name) => firstAt(keys, name, isReady))
    .filter((at) => at > orderedAt && at < readyAt);
  // For each thread: made and not yet reported, under way, its turn first, and made while "modest" was reported.
  expect(between.length).toBeLessThanOrEqual(4 * THREADS);
  const stillWaiting = names('greedy', SLOW_KEYS).filter((name) => firstAt(keys, name, isReady) > readyAt);
  expect(stillWaiting.length).toBeGreaterThan(SLOW_KEYS / 2);
});
