import { expect, test } from 'vitest';
import { SpamFilter } from '../../../../src/kube/events/spam-filter.ts';

const passed = (filter: SpamFilter, key: string, nowMs: number, tries = 100): number =>
  Array.from({ length: tries }, () => filter.mayPass(key, nowMs)).filter(Boolean).length;

test('SpamFilter lets 25 through at once and one more every five minutes', () => {
  const filter = new SpamFilter();
  expect(passed(filter, 'a', 0)).toBe(25);
  expect(passed(filter, 'a', 299_999)).toBe(0);
  expect(passed(filter, 'a', 300_000)).toBe(1);
  expect(passed(filter, 'a', 1_200_000)).toBe(3);
});

test('SpamFilter treats each object by itself', () => {
  const filter = new SpamFilter();
  passed(filter, 'a', 0);
  expect(passed(filter, 'b', 0)).toBe(25);
});

test('SpamFilter remembers a bounded number of objects', () => {
  const filter = new SpamFilter();
  passed(filter, 'a', 0);
  for (let other = 0; other < 4_096; other += 1) filter.mayPass(`other-${other}`, 0);
  expect(passed(filter, 'a', 0)).toBe(25);
});
