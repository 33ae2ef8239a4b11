import { deliveryRows } from './delivery-rows.ts';
import { lifecycleRows } from './lifecycle-rows.ts';
import { loopRows, speedRows } from './minting-rows.ts';
import type { RewrapRound } from './rewrap-round.ts';
import type { Figures } from './run.ts';
import { seconds, table, verdict, type Row } from './table.ts';
import { TARGETS } from './workload.ts';

/** Rewrapping takes 4 of the 16 connections, so that keys keep theirs; at half the rate of the bare loop it does not idle. */
const REWRAP_RATIO_AIM = 2;

/** The table a person reads, in Markdown. */
export function reportOf({ kubernetes, deliveries, lifecycle, rewrap, minting }: Figures, machine: string): string {
  const rows = [
    ...(deliveries === undefined ? [] : deliveryRows(deliveries)),
    ...(lifecycle === undefined ? [] : lifecycleRows(lifecycle)),
    ...(minting === undefined ? [] : [...speedRows(minting.speeds, minting.workers), ...loopRows(minting.loop)]),
    ...(rewrap === undefined ? [] : rewrapRows(rewrap)),
  ];
  const head = [
    `Kubernetes ${kubernetes} on the same machine: ${machine}.`,
    ...(deliveries === undefined ? [] : [`${deliveries.large.keys} ApiKeys × ${TARGETS.length} namespaces.`]),
  ];
  return `${head.join(' ')}\n\n${table(rows)}`;
}

export function rewrapRows({ records, bareMs, rewrapMs }: RewrapRound): readonly Row[] {
  const rate = (ms: number): string => `${seconds(ms)}, ${Math.round((records * 1_000) / ms)} records/s`;
  const ratio = rewrapMs / bareMs;
  return [
    { what: `${records} records written once more by the bare loop`, figure: rate(bareMs) },
    { what: '… wrapped anew by the operator after a KEK rotation', figure: rate(rewrapMs) },
    {
      what: '… ratio to the bare loop',
      figure: ratio.toFixed(2),
      ...verdict(`≤ ${REWRAP_RATIO_AIM}`, ratio <= REWRAP_RATIO_AIM),
    },
  ];
}
