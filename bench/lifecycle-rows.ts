import type { FailOvers } from './fail-over.ts';
import type { LifecycleFigures } from './lifecycle.ts';
import type { RotationLatencies } from './rotation-latency.ts';
import type { RotationPair } from './rotation-round.ts';
import { totalWrites, writesByVerb } from './server-counters.ts';
import { median, percentile } from './statistics.ts';
import { milliseconds, rounded, seconds, verdict, type Row } from './table.ts';
import { TARGETS } from './workload.ts';

/** Two of the record and two of status beside one for each Secret. */
const OTHER_WRITES = 4;
/** The aim of a delivery, of which a rotation is one more. */
const RATIO_AIM = 1.35;
const P99_AIM_MS = 250;
/** The lease, and two seconds. */
const KILLED_AIM_MS = 17_000;
const STOPPED_AIM_MS = 3_000;

export function lifecycleRows(figures: LifecycleFigures): readonly Row[] {
  const { pairs, large, single, failOvers } = figures;
  return [...writeRows(figures), ...timeRows(pairs, large), ...latencyRows(single), ...failOverRows(failOvers)];
}

function writeRows({ large: { keys, writes }, requestsPerKey }: LifecycleFigures): readonly Row[] {
  const aim = TARGETS.length + OTHER_WRITES;
  const perKey = totalWrites(writes) / keys;
  return [
    {
      what: 'writes per rotation of an ApiKey',
      figure: rounded(perKey),
      ...verdict(`≤ N + 4 = ${aim}`, perKey <= aim),
    },
    { what: '… by verb', figure: writesByVerb(writes, keys) },
    { what: '… refused by the server', figure: String(writes.refused) },
    { what: '… with reads, as the bare loop replays them', figure: `${rounded(requestsPerKey)} requests` },
    { what: 'events per rotation, apart', figure: rounded(writes.events / keys) },
  ];
}

function timeRows(pairs: readonly RotationPair[], large: RotationPair): readonly Row[] {
  const { keys, bareMs, operatorMs } = large;
  const rate = (ms: number): string => `${seconds(ms)}, ${Math.round((keys * TARGETS.length * 1_000) / ms)} Secrets/s`;
  const small = pairs.map(ratioOf);
  const ratio = ratioOf(large);
  return [
    { what: `${keys} keys rotated by one trigger each, bare loop`, figure: rate(bareMs) },
    { what: '… operator', figure: rate(operatorMs) },
    {
      what: `… ratio to the bare loop, ${pairs[0]?.keys ?? 0} keys, median of ${pairs.length}`,
      figure: `${median(small).toFixed(2)} (${small.map((each) => each.toFixed(2)).join(', ')})`,
    },
    {
      what: `… ratio to the bare loop, ${keys} keys`,
      figure: ratio.toFixed(2),
      ...verdict(`≤ ${RATIO_AIM}`, ratio <= RATIO_AIM),
    },
  ];
}

function ratioOf({ operatorMs, bareMs }: RotationPair): number {
  return operatorMs / bareMs;
}

function latencyRows({ rotationsMs, putsMs }: RotationLatencies): readonly Row[] {
  const [p50, p99] = [percentile(rotationsMs, 0.5), percentile(rotationsMs, 0.99)];
  const put = percentile(putsMs, 0.5);
  return [
    {
      what: `one trigger to the last of ${TARGETS.length} Secrets, idle operator, p50 of ${rotationsMs.length}`,
      figure: `${milliseconds(p50)}, as long as ${(p50 / put).toFixed(1)} PUTs`,
    },
    { what: '… p99', figure: milliseconds(p99), ...verdict(`≤ ${P99_AIM_MS} ms`, p99 <= P99_AIM_MS) },
    {
      what: '… one PUT of such a Secret by a bare client, p50 and p99',
      figure: `${put.toFixed(1)} ms and ${percentile(putsMs, 0.99).toFixed(1)} ms`,
    },
  ];
}

function failOverRows({ killedMs, stoppedMs }: FailOvers): readonly Row[] {
  const row = (what: string, values: readonly number[], aimMs: number): Row => {
    const longest = Math.max(...values);
    return {
      what: `${what} to the first write of its successor, median of ${values.length}`,
      figure: `${seconds(median(values))}, at most ${seconds(longest)}`,
      ...verdict(`each ≤ ${seconds(aimMs)}`, longest <= aimMs),
    };
  };
  return [
    row('SIGKILL of the leader', killedMs, KILLED_AIM_MS),
    row('SIGTERM of the leader', stoppedMs, STOPPED_AIM_MS),
  ];
}
