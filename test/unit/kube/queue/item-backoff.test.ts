import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ItemBackoff } from '../../../../src/kube/queue/item-backoff.ts';

const still = (): number => 0;

test('ItemBackoff doubles from 1 s to 5 min', () => {
  const backoff = new ItemBackoff({ random: still });
  const seconds = Array.from({ length: 11 }, () => backoff.next('a') / 1_000);
  expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
});

test('ItemBackoff counts each key by itself and starts again once it is forgotten', () => {
  const backoff = new ItemBackoff({ random: still });
  backoff.next('a');
  backoff.next('a');
  expect(backoff.next('b')).toBe(1_000);
  expect(backoff.failures('a')).toBe(2);
  backoff.forget('a');
  expect(backoff.failures('a')).toBe(0);
  expect(backoff.next('a')).toBe(1_000);
});

test('ItemBackoff stays at its maximum after any number of failures', () => {
  const backoff = new ItemBackoff({ random: still });
  for (let failure = 0; failure < 2_000; failure += 1) backoff.next('a');
  expect(backoff.next('a')).toBe(300_000);
});

test('ItemBackoff with jitter stays within its share below the delay', () => {
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(unit, fc.nat(30), (draw, failures) => {
      const backoff = new ItemBackoff({ jitter: 0.2, random: () => draw });
      for (let failure = 0; failure < failures; failure += 1) backoff.next('a');
      const fullMs = Math.min(300_000, 1_000 * 2 ** failures);
      const delayMs = backoff.next('a');
      expect(delayMs).toBeLessThanOrEqual(fullMs);
      expect(delayMs).toBeGreaterThan(fullMs * 0.79999);
    }),
  );
});

test.each([
  { name: 'a base of 0', options: { baseMs: 0 } },
  { name: 'a base above the maximum', options: { baseMs: 10, maxMs: 5 } },
  { name: 'a jitter above 1', options: { jitter: 1.1 } },
  { name: 'a jitter that is no number', options: { jitter: Number.NaN } },
])('ItemBackoff refuses $name', ({ options }) => {
  expect(() => new ItemBackoff({ ...options, random: still })).toThrow(RangeError);
});
