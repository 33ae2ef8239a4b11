import { expect, test } from 'vitest';
import { KeyedTokenBuckets } from '../../../../src/kube/queue/keyed-token-buckets.ts';

const options = { burst: 25, ratePerSecond: 1 / 300, maxKeys: 10 };

const passed = (buckets: KeyedTokenBuckets, key: string, nowMs: number, tries = 100): number =>
  Array.from({ length: tries }, () => buckets.tryTake(key, nowMs)).filter(Boolean).length;

test('KeyedTokenBuckets let through what the burst allows at once and then one by one at the rate', () => {
  const buckets = new KeyedTokenBuckets(options);
  expect(passed(buckets, 'a', 0)).toBe(25);
  expect(passed(buckets, 'a', 299_999)).toBe(0);
  expect(passed(buckets, 'a', 300_000)).toBe(1);
  expect(passed(buckets, 'a', 1_200_000)).toBe(3);
});

test('KeyedTokenBuckets treat each key by itself', () => {
  const buckets = new KeyedTokenBuckets(options);
  passed(buckets, 'a', 0);
  expect(passed(buckets, 'b', 0)).toBe(25);
});

test('KeyedTokenBuckets remember a bounded number of keys', () => {
  const buckets = new KeyedTokenBuckets(options);
  passed(buckets, 'a', 0);
  for (let other = 0; other < options.maxKeys; other += 1) buckets.tryTake(`other-${other}`, 0);
  expect(passed(buckets, 'a', 0)).toBe(25);
});
