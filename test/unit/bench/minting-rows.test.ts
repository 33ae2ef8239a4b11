import { describe, expect, test } from 'vitest';
import type { KeySpeed } from '../../../bench/key-speed.ts';
import type { LoopRound } from '../../../bench/loop-round.ts';
import { loopRows, speedRows } from '../../../bench/minting-rows.ts';
import { rewrapRows } from '../../../bench/report.ts';

const rsa: KeySpeed = {
  algorithm: 'RSA-3072',
  keys: 10,
  pairs: [
    { oursMs: 2_000, bareMs: 1_000 },
    { oursMs: 1_000, bareMs: 900 },
    { oursMs: 500, bareMs: 1_000 },
  ],
};

describe('speedRows', () => {
  test('gives the median of the rates and of the ratios of pairs, and the worst and best ratio', () => {
    const [row] = speedRows([rsa], 1);
    expect(row?.figure).toBe('10/s, bare 10/s, ratio 0.90 (0.50 to 2.00)');
  });

  test.each([
    { oursMs: 1_250, met: true },
    { oursMs: 1_300, met: false },
  ])('asks of RSA-3072 four fifths of the rate of the bare call: $oursMs ms against 1000 ms', ({ oursMs, met }) => {
    const [row] = speedRows([{ ...rsa, pairs: [{ oursMs, bareMs: 1_000 }] }], 1);
    expect(row).toMatchObject({ aim: '≥ 0.8', met });
  });

  test('asks nothing of a kind that is faster than the API server', () => {
    expect(speedRows([{ ...rsa, algorithm: 'AES-256' }], 1)[0]).not.toHaveProperty('met');
  });

  test.each([
    { algorithm: 'RSA-4096', workers: 3, where: '3 workers' },
    { algorithm: 'RSA-4096', workers: 1, where: 'one worker' },
    { algorithm: 'Ed25519', workers: 3, where: 'in process' },
  ] as const)('says where $algorithm is made: $where', ({ algorithm, workers, where }) => {
    expect(speedRows([{ ...rsa, algorithm }], workers)[0]?.what).toContain(`${algorithm}, ${where},`);
  });
});

describe('loopRows', () => {
  const round: LoopRound = {
    slowKeys: 50,
    madeMs: 40_000,
    idle: { p99Ms: 12, maxMs: 15 },
    working: { p99Ms: 20, maxMs: 30 },
    minting: { p99Ms: 50, maxMs: 61 },
    latenciesMs: { alone: [10, 20], beside: [30, 40] },
  };

  test('judges the delay while keys are made, and shows it beside the same work alone and none', () => {
    const rows = loopRows(round);
    expect(rows.slice(0, 3).map(({ figure }) => figure)).toEqual([
      '50 ms, at most 61 ms',
      '20 ms, at most 30 ms',
      '12 ms, at most 15 ms',
    ]);
    expect(rows.map(({ met }) => met)).toEqual([true, undefined, undefined, undefined, undefined]);
  });

  test('misses its aim above 50 ms', () => {
    expect(loopRows({ ...round, minting: { p99Ms: 51, maxMs: 61 } })[0]?.met).toBe(false);
  });
});

test.each([
  { rewrapMs: 2_000, figure: '2.00', met: true },
  { rewrapMs: 2_100, figure: '2.10', met: false },
])('rewrapRows sets a rotation of $rewrapMs ms against a bare loop of 1000 ms', ({ rewrapMs, figure, met }) => {
  const rows = rewrapRows({ records: 5_000, bareMs: 1_000, rewrapMs });
  expect(rows[0]?.figure).toBe('1.0 s, 5000 records/s');
  expect(rows[2]).toMatchObject({ figure, met });
});
