import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDurationMs } from '../../src/durations.ts';

describe('parseDurationMs', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['24h', 86_400_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['+5s', 5_000],
    ['.5s', 500],
    ['5.s', 5_000],
    ['1m1m', 120_000],
    ['1s2h', 7_201_000],
    ['1.1h', 3_960_000],
    ['2562047h47m16.854s', 9_223_372_036_854],
  ])('reads %s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each([
    ['1ns', 1],
    ['1us', 1],
    ['1µs', 1],
    ['1.5ms', 2],
    ['0.0000001s', 1],
  ])('rounds %s up, so that only zero is zero', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', ' ', '1', '.s', 's', '-1s', '1 h', '1d', '1h ', '1H', '1e3s', '١h', '1h\n', '0x1s', '1h30'])(
    'refuses %j',
    (text) => {
      expect(() => parseDurationMs(text)).toThrow(RangeError);
    },
  );

  it.each(['2562047h47m16.8547758080s', '9999999999h', `${'9'.repeat(63)}h`])(
    'refuses %s, which Go cannot hold',
    (text) => {
      expect(() => parseDurationMs(text)).toThrow('longer than 2562047h');
    },
  );

  it('refuses long text without reading it', () => {
    expect(() => parseDurationMs('1h'.repeat(1_000_000))).toThrow(RangeError);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [1, '1ms'],
    [90_000, '1m30s'],
    [86_400_000, '24h'],
    [3_601_001, '1h1s1ms'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('writes what parseDurationMs reads back', () => {
    fc.assert(
      fc.property(
        fc.nat(Number.MAX_SAFE_INTEGER).map((ms) => ms % 9_223_372_036_854),
        (ms) => {
          expect(parseDurationMs(formatDuration(ms))).toBe(ms);
        },
      ),
    );
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (ms) => {
    expect(() => formatDuration(ms)).toThrow(RangeError);
  });
});
