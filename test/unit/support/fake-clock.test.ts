import { expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';

test('FakeClock wakes sleeps in the order they fall due and shows each its own time', async () => {
  const clock = new FakeClock(new Date('2027-01-01T00:00:00Z'));
  const seen: string[] = [];
  const sleepAndNote = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    seen.push(`${name} ${clock.monotonicMs()} ${clock.now().toISOString()}`);
  };
  void sleepAndNote('late', 2_000);
  void sleepAndNote('early', 1_000);
  await clock.advance(1_999);
  expect(seen).toEqual(['early 1000 2027-01-01T00:00:01.000Z']);
  await clock.advance(1);
  expect(seen[1]).toBe('late 2000 2027-01-01T00:00:02.000Z');
  expect(clock.sleeping).toBe(0);
});

test('FakeClock wakes a sleep that woken code starts, within the same advance', async () => {
  const clock = new FakeClock();
  let rounds = 0;
  void (async () => {
    for (;;) {
      await clock.sleep(10);
      rounds += 1;
    }
  })();
  await clock.advance(100);
  expect(rounds).toBe(10);
  expect(clock.nextWakeMs).toBe(10);
});

test('FakeClock rejects a sleep with the reason of its signal', async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const reason = new Error('stopped');
  const sleep = clock.sleep(10, stop.signal);
  stop.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await expect(clock.sleep(10, stop.signal)).rejects.toBe(reason);
  expect(clock.sleeping).toBe(0);
});

test('FakeClock jumps the wall clock without waking a sleep', async () => {
  const clock = new FakeClock();
  void clock.sleep(10);
  clock.setWallClock(new Date('2030-01-01T00:00:00Z'));
  await clock.advance(0);
  expect(clock.sleeping).toBe(1);
  expect(clock.monotonicMs()).toBe(0);
  expect(clock.now().getUTCFullYear()).toBe(2030);
});

test('FakeClock wakes sleeps late after a stall', async () => {
  const clock = new FakeClock();
  let wokenAtMs: number | undefined;
  void clock.sleep(10).then(() => (wokenAtMs = clock.monotonicMs()));
  clock.stall(500);
  expect(wokenAtMs).toBeUndefined();
  await clock.advance(0);
  expect(wokenAtMs).toBe(500);
});
