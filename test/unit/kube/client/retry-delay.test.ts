import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDelayMs } from '../../../../src/kube/client/retry-delay.ts';

const almostOne = (): number => 1 - Number.EPSILON;

test.each([
  { attempt: 0, boundMs: 1_000 },
  { attempt: 1, boundMs: 2_000 },
  { attempt: 5, boundMs: 32_000 },
  { attempt: 6, boundMs: 60_000 },
  { attempt: 2_000, boundMs: 60_000 },
])('retryDelayMs stays below $boundMs ms at attempt $attempt', ({ attempt, boundMs }) => {
  expect(retryDelayMs(attempt, { random: almostOne })).toBeCloseTo(boundMs, 5);
});

test('retryDelayMs draws uniformly between zero and the bound', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, draw) => {
      const boundMs = Math.min(30_000, 800 * 2 ** attempt);
      expect(retryDelayMs(attempt, { baseMs: 800, capMs: 30_000, random: () => draw })).toBe(draw * boundMs);
    }),
  );
});

test.each([-1, 0.5, Number.NaN])('retryDelayMs refuses attempt %d', (attempt) => {
  expect(() => retryDelayMs(attempt, { random: () => 0 })).toThrow(RangeError);
});
