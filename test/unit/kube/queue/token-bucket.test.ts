import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from '../../../../src/kube/queue/token-bucket.ts';

test('TokenBucket lets the burst through and spaces what follows', () => {
  const bucket = new TokenBucket({ ratePerSecond: 10, burst: 3 });
  const delaysMs = Array.from({ length: 6 }, () => bucket.reserve(1_000));
  expect(delaysMs).toEqual([0, 0, 0, 100, 200, 300]);
});

test('TokenBucket fills up again to its burst and no further', () => {
  const bucket = new TokenBucket({ ratePerSecond: 10, burst: 2 });
  bucket.reserve(0);
  bucket.reserve(0);
  const laterMs = 3_600_000;
  expect([bucket.reserve(laterMs), bucket.reserve(laterMs), bucket.reserve(laterMs)]).toEqual([0, 0, 100]);
});

test('TokenBucket.tryTake takes nothing while the bucket is empty', () => {
  const bucket = new TokenBucket({ ratePerSecond: 1, burst: 1 });
  expect(bucket.tryTake(0)).toBe(true);
  for (let nowMs = 0; nowMs < 1_000; nowMs += 100) expect(bucket.tryTake(nowMs)).toBe(false);
  expect(bucket.tryTake(1_000)).toBe(true);
});

test('TokenBucket never lets more through in a span than the burst plus what came back', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 200 }), (pausesMs) => {
      const bucket = new TokenBucket({ ratePerSecond: 100, burst: 5 });
      let nowMs = 0;
      const usableAtMs = pausesMs.map((pauseMs) => {
        nowMs += pauseMs;
        return nowMs + bucket.reserve(nowMs);
      });
      for (const [from, startMs] of usableAtMs.entries()) {
        for (const [offset, endMs] of usableAtMs.slice(from).entries()) {
          expect(offset + 1).toBeLessThanOrEqual(5 + (endMs - startMs) / 10 + 1e-6);
        }
      }
    }),
    { numRuns: 20 },
  );
});

test.each([
  { ratePerSecond: 0, burst: 1 },
  { ratePerSecond: 1, burst: 0 },
  { ratePerSecond: Number.NaN, burst: 1 },
])('TokenBucket refuses %o', (options) => {
  expect(() => new TokenBucket(options)).toThrow(RangeError);
});
