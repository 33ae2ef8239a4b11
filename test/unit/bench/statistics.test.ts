import { expect, test } from 'vitest';
import { median, percentile } from '../../../bench/statistics.ts';

test.each([
  { values: [3, 1, 2], middle: 2 },
  { values: [4, 1, 3, 2], middle: 2.5 },
  { values: [7], middle: 7 },
])('median of $values is $middle', ({ values, middle }) => {
  expect(median(values)).toBe(middle);
});

test.each([
  { share: 0.5, value: 50 },
  { share: 0.99, value: 99 },
  { share: 1, value: 100 },
])('percentile finds the value below which $share of 1 to 100 lie', ({ share, value }) => {
  expect(
    percentile(
      Array.from({ length: 100 }, (_, index) => index + 1),
      share,
    ),
  ).toBe(value);
});

test('median and percentile of nothing are no numbers', () => {
  expect([median([]), percentile([], 0.5)]).toEqual([NaN, NaN]);
});
