import { expect, test } from 'vitest';
import { Alarm } from '../../../../src/kube/queue/alarm.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function setUp() {
  const clock = new FakeClock();
  const rungAtMs: number[] = [];
  const alarm = new Alarm(clock, () => rungAtMs.push(clock.monotonicMs()));
  return { clock, alarm, rungAtMs };
}

test('Alarm rings once, at the time set last', async () => {
  const { clock, alarm, rungAtMs } = setUp();
  alarm.set(100);
  alarm.set(300);
  alarm.set(200);
  await clock.advance(1_000);
  expect(rungAtMs).toEqual([200]);
});

test('Alarm keeps one sleep however often it is set', async () => {
  const { clock, alarm } = setUp();
  for (const atMs of [300, 200, 200, 100]) alarm.set(atMs);
  expect(clock.sleeping).toBe(1);
  alarm.set(undefined);
  expect(clock.sleeping).toBe(0);
});

test('Alarm rings for a time that has passed', async () => {
  const { clock, alarm, rungAtMs } = setUp();
  await clock.advance(50);
  alarm.set(10);
  await clock.advance(0);
  expect(rungAtMs).toEqual([50]);
});

test('Alarm stays silent when it is cleared in the moment it falls due', async () => {
  const { clock, alarm, rungAtMs } = setUp();
  void clock.sleep(100).then(() => alarm.set(undefined));
  alarm.set(100);
  await clock.advance(100);
  alarm.set(100);
  alarm.set(undefined);
  await clock.advance(100);
  expect(rungAtMs).toEqual([]);
});
