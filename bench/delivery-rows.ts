import type { DeliveryFigures, Pair } from './deliveries.ts';
import type { Memory } from './operator-process.ts';
import type { BareRound, CpuTimes } from './rounds.ts';
import { totalWrites, writesByVerb } from './server-counters.ts';
import { median, percentile } from './statistics.ts';
import { megabytes, milliseconds, rounded, seconds, verdict, type Row } from './table.ts';
import { TARGETS } from './workload.ts';

/** Connections for calls, for the lease, and one for each watch. */
const POOL = 16;
const PLACE_POOL = 16;
const LEASE_POOL = 2;
const WATCHES = 8;
const RATIO_AIM = 1.35;
const P99_AIM_MS = 250;
const IDLE_AIM_MB = 150;
const SYNCED_AIM_MS = 3_000;

export function deliveryRows(figures: DeliveryFigures): readonly Row[] {
  const { large, pairs } = figures;
  return [
    ...writeRows(figures),
    ...timeRows(pairs, large),
    ...latencyRows(figures.latenciesMs),
    ...quietRows(figures),
    ...memoryRows(figures.memory),
    {
      what: `start to synced with ${large.keys} keys`,
      figure: `${seconds(median(figures.startToSyncedMs))} (${figures.startToSyncedMs.map(seconds).join(', ')})`,
      ...verdict(`≤ ${seconds(SYNCED_AIM_MS)}`, median(figures.startToSyncedMs) <= SYNCED_AIM_MS),
    },
  ];
}

function writeRows({ large, requestsPerKey }: DeliveryFigures): readonly Row[] {
  const { writes } = large.backlog;
  const aim = TARGETS.length + 5;
  const perKey = totalWrites(writes) / large.keys;
  return [
    { what: 'writes per ApiKey', figure: rounded(perKey), ...verdict(`≤ N + 5 = ${aim}`, perKey <= aim) },
    { what: '… by verb', figure: writesByVerb(writes, large.keys) },
    { what: '… refused by the server', figure: String(writes.refused) },
    { what: '… with reads, as the bare loop replays them', figure: `${rounded(requestsPerKey)} requests` },
    { what: 'events per ApiKey, apart', figure: rounded(writes.events / large.keys) },
    { what: 'writes to KeyProjects and Leases, apart', figure: `${writes.projects} and ${writes.leases}` },
  ];
}

function timeRows(pairs: readonly Pair[], large: Pair): readonly Row[] {
  const { keys, bare, backlog, liveMs } = large;
  const rate = (ms: number): string => `${Math.round((keys * TARGETS.length * 1_000) / ms)} Secrets/s`;
  return [
    {
      what: `bare loop, ${keys} keys`,
      figure: `${seconds(bare.replayMs)}, ${rate(bare.replayMs)}; before it ${seconds(bare.declareMs)} to create the ApiKeys`,
    },
    { what: `operator, keys declared before it starts`, figure: `${seconds(backlog.tookMs)}, ${rate(backlog.tookMs)}` },
    { what: `operator, keys declared while it runs`, figure: `${seconds(liveMs)}, ${rate(liveMs)}` },
    ...ratioRows(pairs, large, 'ratio to the bare loop', ({ bare: loop }) => loop, RATIO_AIM),
    ...ratioRows(pairs, large, '… if that leaves the events out', ({ bareWithoutEvents: loop }) => loop),
    {
      what: 'CPU per key, API server + client: bare loop',
      figure: cpuPerKey(bare.cpu, keys),
    },
    { what: '… operator, its start included', figure: cpuPerKey(backlog.cpu, keys) },
  ];
}

/** Keys declared before the operator starts are compared with the replay, keys declared under it with creating them and the replay. */
function ratioRows(
  pairs: readonly Pair[],
  large: Pair,
  what: string,
  loopOf: (pair: Pair) => BareRound,
  aim?: number,
): readonly Row[] {
  const ratios: readonly (readonly [string, (pair: Pair) => number])[] = [
    ['declared before', (pair) => pair.backlog.tookMs / loopOf(pair).replayMs],
    ['declared while it runs', (pair) => pair.liveMs / (loopOf(pair).declareMs + loopOf(pair).replayMs)],
  ];
  return ratios.flatMap(([when, ratioOf]): readonly Row[] => {
    const small = pairs.map(ratioOf);
    const judge = (ratio: number): Pick<Row, 'aim' | 'met'> =>
      aim === undefined ? {} : verdict(`≤ ${aim}`, ratio <= aim);
    const each = small.map((ratio) => ratio.toFixed(2)).join(', ');
    return [
      {
        what: `${what}: ${pairs[0]?.keys ?? 0} keys ${when}, median of ${pairs.length}`,
        figure: `${median(small).toFixed(2)} (${each})`,
      },
      { what: `${what}: ${large.keys} keys ${when}`, figure: ratioOf(large).toFixed(2), ...judge(ratioOf(large)) },
    ];
  });
}

function cpuPerKey({ serverS, clientS }: CpuTimes, keys: number): string {
  const per = (total: number): string => ((total * 1_000) / keys).toFixed(1);
  return `${per(serverS)} + ${per(clientS)} ms`;
}

function latencyRows(latenciesMs: readonly number[]): readonly Row[] {
  const p99 = percentile(latenciesMs, 0.99);
  return [
    {
      what: `one apply to all ${TARGETS.length} Secrets, idle operator, p50 of ${latenciesMs.length}`,
      figure: milliseconds(percentile(latenciesMs, 0.5)),
    },
    { what: '… p99', figure: milliseconds(p99), ...verdict(`≤ ${P99_AIM_MS} ms`, p99 <= P99_AIM_MS) },
  ];
}

function quietRows({ handshakes, resync }: DeliveryFigures): readonly Row[] {
  const limit = POOL + PLACE_POOL + LEASE_POOL + WATCHES;
  const written = totalWrites(resync.writes) + resync.writes.projects;
  return [
    {
      what: 'TLS handshakes',
      figure: String(handshakes),
      ...verdict(`≤ pools ${POOL} + ${PLACE_POOL} + ${LEASE_POOL}, watches ${WATCHES} = ${limit}`, handshakes <= limit),
    },
    {
      what: `writes in a forced resync of ${resync.reconciles} keys`,
      figure: String(written),
      ...verdict('0', written === 0),
    },
    { what: '… events, and renewals of the lease', figure: `${resync.writes.events}, ${resync.writes.leases}` },
  ];
}

function memoryRows({ fresh, restarted, afterBurst }: DeliveryFigures['memory']): readonly Row[] {
  const row = (what: string, { residentMb }: Memory): Row => ({
    what,
    figure: megabytes(residentMb),
    ...verdict(`≤ ${IDLE_AIM_MB} MB`, residentMb <= IDLE_AIM_MB),
  });
  return [
    row('RSS idle, no keys', fresh),
    row('RSS idle, started with all keys', restarted),
    { what: 'RSS 10 s after all that work', figure: megabytes(afterBurst.residentMb) },
    { what: 'RSS peak', figure: megabytes(afterBurst.peakMb) },
  ];
}
