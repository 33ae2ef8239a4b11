import { expect, test } from 'vitest';
import { returnIdleMemory } from '../../src/idle-memory.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Runs one interval for each CPU time given, in milliseconds, and returns after which of them memory was collected. */
async function collectionsAfter(usedMs: readonly number[]): Promise<readonly number[]> {
  const clock = new FakeClock();
  const stop = new AbortController();
  const collectedAfter: number[] = [];
  let cpuMs = 0;
  let interval = 0;
  const collect = (): Promise<void> => {
    collectedAfter.push(interval);
    cpuMs += 1_000;
    return Promise.resolve();
  };
  const running = returnIdleMemory({ clock, cpuTimeMs: () => cpuMs, collect }, stop.signal);
  for (const used of usedMs) {
    interval += 1;
    cpuMs += used;
    await clock.advance(5_000);
  }
  stop.abort();
  await running;
  return collectedAfter;
}

test.each([
  ['after the start, once', [20, 20, 20], [1]],
  ['not while there is work', [4_000, 4_000, 4_000], []],
  ['once after each time of work', [4_000, 20, 20, 300, 250, 20], [2, 5]],
])('returnIdleMemory collects %s', async (_when, usedMs, expected) => {
  expect(await collectionsAfter(usedMs)).toEqual(expected);
});
