import { describe, expect, test } from 'vitest';
import { planRotation, type RotationFacts } from '../../../../src/controllers/planning/rotation.ts';
import type { VersionEntry } from '../../../../src/sealing/ledger.ts';
import { hoursFromNow, NOW, productionEntry, stagingEntry, versionEntry } from '../../../support/facts.ts';

const HOUR_MS = 3_600_000;
const at = (hours: number): number => NOW.getTime() + hours * HOUR_MS;
const issued = (hours: number, version = 1): VersionEntry =>
  versionEntry('production', version, { createdAt: hoursFromNow(hours) });
const retiring = (retireAt?: string): VersionEntry => ({
  ...versionEntry('production', 1, { state: 'Retiring' }),
  ...(retireAt !== undefined && { retireAt }),
});

function plan(given: Partial<RotationFacts>, ...versions: readonly VersionEntry[]): ReturnType<typeof planRotation> {
  return planRotation({
    now: NOW,
    isTriggered: false,
    intervalMs: undefined,
    minIntervalMs: 5 * 60_000,
    overlapMs: 24 * HOUR_MS,
    revokedThrough: 0,
    environments: [productionEntry({ versions: versions.length === 0 ? [issued(-1)] : versions })],
    ...given,
  });
}

describe('planRotation', () => {
  test('foresees nothing without an order or an interval', () => {
    expect(plan({})).toEqual({ cause: undefined, nextAt: undefined });
  });

  test('has nothing to rotate before the first version', () => {
    const environments = [productionEntry({ versions: [] })];
    expect(plan({ isTriggered: true, environments })).toEqual({ cause: undefined, nextAt: undefined });
  });

  test('follows an order at once', () => {
    expect(plan({ isTriggered: true }).cause).toBe('Triggered');
  });

  test('rotates when the interval has passed, and not before', () => {
    expect(plan({ intervalMs: HOUR_MS }).cause).toBe('IntervalPassed');
    expect(plan({ intervalMs: HOUR_MS + 1_000 })).toEqual({ cause: undefined, nextAt: at(0) + 1_000 });
  });

  test('calls a rotation that is due by both an order, so that the order is done', () => {
    expect(plan({ isTriggered: true, intervalMs: HOUR_MS }).cause).toBe('Triggered');
  });

  test('rotates all environments when the oldest is due', () => {
    const environments = [productionEntry(), stagingEntry({ versions: [issued(-30)] })];
    expect(plan({ intervalMs: 24 * HOUR_MS, environments }).cause).toBe('IntervalPassed');
  });

  test('lets an order wait for the least interval since the newest version', () => {
    expect(plan({ isTriggered: true, minIntervalMs: 2 * HOUR_MS })).toEqual({ cause: undefined, nextAt: at(1) });
  });

  test('lets an order wait for the end of an overlap', () => {
    expect(plan({ isTriggered: true }, issued(-1, 2), retiring(hoursFromNow(3)))).toEqual({
      cause: undefined,
      nextAt: at(3),
    });
  });

  test.each([
    { name: 'does not run yet', retireAt: undefined },
    { name: 'is over, while Secrets let go of it', retireAt: hoursFromNow(0) },
  ])('foresees no time while an overlap $name', ({ retireAt }) => {
    expect(plan({ isTriggered: true }, issued(-1, 2), retiring(retireAt))).toEqual({
      cause: undefined,
      nextAt: undefined,
    });
  });

  test('lets an interval that is shorter than an overlap wait for its end', () => {
    const versions = [issued(-3, 2), retiring(hoursFromNow(2))];
    expect(plan({ intervalMs: HOUR_MS }, ...versions)).toEqual({ cause: undefined, nextAt: at(2) });
    expect(plan({ intervalMs: HOUR_MS, overlapMs: 0 }, ...versions).cause).toBe('IntervalPassed');
  });

  test('waits for nothing when no overlap is wanted', () => {
    expect(plan({ isTriggered: true, overlapMs: 0 }, issued(-1, 2), retiring()).cause).toBe('Triggered');
  });

  test('is late, and no earlier, after the clock was ahead', () => {
    expect(plan({ intervalMs: HOUR_MS }, issued(1))).toEqual({ cause: undefined, nextAt: at(2) });
  });
});
