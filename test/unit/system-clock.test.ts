import { expect, test } from 'vitest';
import { systemClock } from '../../src/system-clock.ts';

test('systemClock sleeps at least as long as asked, give or take a millisecond of the timer', async () => {
  const startMs = systemClock.monotonicMs();
  await systemClock.sleep(20);
  expect(systemClock.monotonicMs() - startMs).toBeGreaterThan(18);
});

test('systemClock rejects a sleep with the reason of its signal at once', async () => {
  const stop = new AbortController();
  const reason = new Error('lease lost');
  const sleep = systemClock.sleep(60_000, stop.signal);
  stop.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await expect(systemClock.sleep(60_000, stop.signal)).rejects.toBe(reason);
});

test('systemClock keeps sleeping past the longest delay a Node timer can hold', async () => {
  const ninetyDaysMs = 90 * 24 * 3_600_000;
  const stop = new AbortController();
  let awake = false;
  const sleep = systemClock.sleep(ninetyDaysMs, stop.signal).then(
    () => (awake = true),
    () => undefined,
  );
  // A timer given more than 2^31 - 1 ms fires after 1 ms.
  await systemClock.sleep(20);
  expect(awake).toBe(false);
  stop.abort();
  await sleep;
});
