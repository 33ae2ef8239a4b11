import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spreadMs } from '../../../../src/controllers/planning/spread.ts';
import type { KeyIdentity } from '../../../../src/sealing/ledger.ts';
import { checkout } from '../../../support/sealing.ts';

const HOUR_MS = 3_600_000;
const named = (name: string): KeyIdentity => ({ ...checkout, name });

describe('spreadMs', () => {
  test('is never early, and bounded by a twentieth of the wait and by the limit', () => {
    const counts = fc.nat({ max: 2 ** 40 });
    fc.assert(
      fc.property(fc.string(), counts, counts, (name, waitMs, limitMs) => {
        const late = spreadMs(named(name), waitMs, limitMs);
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThanOrEqual(Math.min(waitMs / 20, limitMs));
      }),
    );
  });

  test('is the same for one key each time, whoever owns it, and another for its namesakes', () => {
    const late = (identity: KeyIdentity): number => spreadMs(identity, HOUR_MS, HOUR_MS);
    expect(late({ ...checkout, namespace: 'elsewhere' })).toBe(late(checkout));
    expect(late({ ...checkout, kind: 'CryptoKey' })).not.toBe(late(checkout));
    expect(late({ ...checkout, project: 'billing' })).not.toBe(late(checkout));
  });

  test('lets 1,000 keys that are due together come evenly', () => {
    const limitMs = 1_000;
    const perTenth = Array<number>(10).fill(0);
    for (let index = 0; index < 1_000; index += 1) {
      const tenth = Math.floor(spreadMs(named(`key-${index}`), HOUR_MS, limitMs) / (limitMs / 10));
      perTenth[tenth] = (perTenth[tenth] ?? 0) + 1;
    }
    expect(Math.min(...perTenth)).toBeGreaterThan(60);
    expect(Math.max(...perTenth)).toBeLessThan(140);
  });
});
