import { expect, test } from 'vitest';
import { Patience } from '../../../../src/controllers/shared/patience.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('Patience is over 15 s after the first asking, for each wait by itself', async () => {
  const clock = new FakeClock();
  const patience = new Patience(clock);
  expect(patience.isOver('one')).toBe(false);
  await clock.advance(10_000);
  expect(patience.isOver('other')).toBe(false);
  await clock.advance(4_999);
  expect(patience.isOver('one')).toBe(false);
  await clock.advance(1);
  expect(patience.isOver('one')).toBe(true);
  expect(patience.isOver('other')).toBe(false);
});

test('Patience begins anew an hour later', async () => {
  const clock = new FakeClock();
  const patience = new Patience(clock);
  patience.isOver('one');
  await clock.advance(3_600_000);
  expect(patience.isOver('one')).toBe(false);
  await clock.advance(15_000);
  expect(patience.isOver('one')).toBe(true);
});
