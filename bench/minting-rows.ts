import { ALGORITHMS } from '../src/keys/crypto/algorithm.ts';
import type { KeySpeed, SpeedPair } from './key-speed.ts';
import type { LoopRound } from './loop-round.ts';
import { median, percentile } from './statistics.ts';
import { milliseconds, seconds, verdict, type Row } from './table.ts';

/** Share of the bare call's rate, of the one kind that has an aim: the API server is slower than all that are fast. */
const RATIO_AIM = { algorithm: 'RSA-3072', atLeast: 0.8 } as const;
const LOOP_AIM_MS = 50;

export function speedRows(speeds: readonly KeySpeed[], workers: number): readonly Row[] {
  return speeds.map(({ algorithm, keys, pairs }) => {
    const where = ALGORITHMS[algorithm].isSlow ? (workers === 1 ? 'one worker' : `${workers} workers`) : 'in process';
    const rate = (msOf: (pair: SpeedPair) => number): string =>
      perSecond(median(pairs.map((pair) => (keys * 1_000) / msOf(pair))));
    // Of the rates: above 1, ours is the faster one.
    const ratios = pairs.map(({ oursMs, bareMs }) => bareMs / oursMs);
    const ratio = median(ratios);
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    return {
      what: `keys per second: ${algorithm}, ${where}, ${pairs.length} × ${keys}`,
      figure: `${rate(({ oursMs }) => oursMs)}, bare ${rate(({ bareMs }) => bareMs)}, ratio ${ratio.toFixed(2)} (${spread})`,
      ...(algorithm === RATIO_AIM.algorithm ? verdict(`≥ ${RATIO_AIM.atLeast}`, ratio >= RATIO_AIM.atLeast) : {}),
    };
  });
}

export function loopRows({ slowKeys, madeMs, idle, working, minting, latenciesMs }: LoopRound): readonly Row[] {
  const { alone, beside } = latenciesMs;
  const delay = ({ p99Ms, maxMs }: LoopRound['idle']): string =>
    `${milliseconds(p99Ms)}, at most ${milliseconds(maxMs)}`;
  const latency = (values: readonly number[]): string =>
    `${milliseconds(percentile(values, 0.5))} and ${milliseconds(percentile(values, 0.99))} of ${values.length}`;
  return [
    {
      what: `event-loop delay of the operator, p99, while ${slowKeys} RSA-4096 keys are made in ${seconds(madeMs)}`,
      figure: delay(minting),
      ...verdict(`≤ ${milliseconds(LOOP_AIM_MS)}`, minting.p99Ms <= LOOP_AIM_MS),
    },
    { what: '… with the same work but no such keys', figure: delay(working) },
    { what: '… idle', figure: delay(idle) },
    { what: 'one apply to all Secrets while these keys are made, p50 and p99', figure: latency(beside) },
    { what: '… with no such keys', figure: latency(alone) },
  ];
}

function perSecond(rate: number): string {
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;
}
