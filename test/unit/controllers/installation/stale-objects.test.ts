import { beforeEach, expect, test } from 'vitest';
import { StaleObjects } from '../../../../src/controllers/installation/stale-objects.ts';

const counts: number[] = [];
let drained = 0;
let stale: StaleObjects<'stale' | 'fresh'>;
beforeEach(() => {
  counts.length = 0;
  drained = 0;
  stale = new StaleObjects({
    isStale: (object) => object === 'stale',
    setCount: (count) => counts.push(count),
    onDrained: () => (drained += 1),
  });
});

test('StaleObjects finds those that are stale', () => {
  expect(
    stale.observeAll([
      ['a', 'stale'],
      ['b', 'fresh'],
    ]),
  ).toEqual(['a']);
  expect([counts, stale.count]).toEqual([[1], 1]);
});

test('StaleObjects tells once when the last one is renewed or gone', () => {
  stale.observeAll([
    ['a', 'stale'],
    ['b', 'stale'],
  ]);
  stale.observe('a', 'fresh');
  expect(drained).toBe(0);
  stale.observe('b', undefined);
  stale.observe('b', undefined);
  expect([counts, drained]).toEqual([[1, 2, 1, 0], 1]);
});

test('StaleObjects tells nothing where nothing was stale', () => {
  stale.observeAll([['a', 'fresh']]);
  expect([counts, drained]).toEqual([[], 0]);
});
