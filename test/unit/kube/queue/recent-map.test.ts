import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentMap } from '../../../../src/kube/queue/recent-map.ts';

test('RecentMap drops the entry that was neither read nor written for longest', () => {
  const map = new RecentMap<string, number>(2);
  expect(map.set('a', 1)).toBeUndefined();
  expect(map.set('b', 2)).toBeUndefined();
  map.get('a');
  expect(map.set('c', 3)).toBe('b');
  expect(map.set('a', 4)).toBeUndefined();
  expect([...map.entries()]).toEqual([
    ['c', 3],
    ['a', 4],
  ]);
  map.delete('c');
  expect(map.size).toBe(1);
  expect(map.get('c')).toBeUndefined();
});

test('RecentMap never grows beyond its bound and keeps what was used last', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 5 }), (keys, maxSize) => {
      const map = new RecentMap<number, number>(maxSize);
      for (const key of keys) map.set(key, key);
      const lastUsed = [...new Set(keys.toReversed())].slice(0, maxSize).toReversed();
      expect([...map.entries()].map(([key]) => key)).toEqual(lastUsed);
    }),
  );
});
