import type { Memory } from './operator-process.ts';
import type { Figures, Pair } from './run.ts';
import type { WriteCounts } from './server-counters.ts';
import { median, percentile } from './statistics.ts';
import { TARGETS } from './workload.ts';

/** One line of the table. */
interface Row {
  readonly what: string;
  readonly figure: string;
  readonly aim?: string;
  readonly met?: boolean;
}

const POOL = 16;
const WATCHES = 5;
const RATIO_AIM = 1.35;
const P99_AIM_MS = 250;
const IDLE_AIM_MB = 150;
const SYNCED_AIM_MS = 3_000;

/** The table a person reads, in Markdown. */
export function reportOf(figures: Figures, machine: string): string {
  const { large, pairs } = figures;
  const rows = [
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
  const head = `Kubernetes ${figures.kubernetes} on the same machine: ${machine}. ${large.keys} ApiKeys × ${TARGETS.length} namespaces.`;
  return `${head}\n\n${table(rows)}`;
}

function writeRows({ largeWrites, large, requestsPerKey }: Figures): readonly Row[] {
  const aim = TARGETS.length + 5;
  const perKey = total(largeWrites) / large.keys;
  const verbs = [...largeWrites.keys].map(([what, count]) => `${rounded(count / large.keys)} ${what}`).toSorted();
  return [
    { what: 'writes per ApiKey', figure: rounded(perKey), ...verdict(`≤ N + 5 = ${aim}`, perKey <= aim) },
    { what: '… by verb', figure: verbs.join(', ') },
    { what: '… refused by the server', figure: String(largeWrites.refused) },
    { what: '… with reads, as the bare loop replays them', figure: `${rounded(requestsPerKey)} requests` },
    { what: 'events per ApiKey, apart', figure: rounded(largeWrites.events / large.keys) },
    { what: 'writes to KeyProjects and Leases, apart', figure: `${largeWrites.projects} and ${largeWrites.leases}` },
  ];
}

function timeRows(pairs: readonly Pair[], large: Pair): readonly Row[] {
  const row = (what: string, ratioOf: (pair: Pair) => number): readonly Row[] => {
    const ratios = pairs.map(ratioOf);
    const middle = median(ratios);
    const [first] = pairs;
    return [
      {
        what: `${what}: ratio to the bare loop, ${first?.keys ?? 0} keys, median of ${pairs.length}`,
        figure: `${middle.toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
        ...verdict(`≤ ${RATIO_AIM}`, middle <= RATIO_AIM),
      },
      {
        what: `${what}: ratio to the bare loop, ${large.keys} keys`,
        figure: ratioOf(large).toFixed(2),
        ...verdict(`≤ ${RATIO_AIM}`, ratioOf(large) <= RATIO_AIM),
      },
    ];
  };
  const { keys, bare, backlogMs, liveMs } = large;
  const rate = (ms: number): string => `${Math.round((keys * TARGETS.length * 1_000) / ms)} Secrets/s`;
  return [
    {
      what: `bare loop, ${keys} keys`,
      figure: `${seconds(bare.replayMs)}, ${rate(bare.replayMs)}; creating the ApiKeys ${seconds(bare.declareMs)}`,
    },
    { what: `operator, keys declared before it starts`, figure: `${seconds(backlogMs)}, ${rate(backlogMs)}` },
    { what: `operator, keys declared while it runs`, figure: `${seconds(liveMs)}, ${rate(liveMs)}` },
    ...row('declared before', (pair) => pair.backlogMs / pair.bare.replayMs),
    ...row('declared while it runs', (pair) => pair.liveMs / (pair.bare.declareMs + pair.bare.replayMs)),
  ];
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

function quietRows({ handshakes, resync }: Figures): readonly Row[] {
  const limit = POOL + WATCHES;
  const written = total(resync.writes) + resync.writes.projects;
  return [
    {
      what: 'TLS handshakes',
      figure: String(handshakes),
      ...verdict(`≤ pool ${POOL} + watches ${WATCHES} = ${limit}`, handshakes <= limit),
    },
    {
      what: `writes in a forced resync of ${resync.reconciles} keys`,
      figure: String(written),
      ...verdict('0', written === 0),
    },
    { what: '… events, and renewals of the lease', figure: `${resync.writes.events}, ${resync.writes.leases}` },
  ];
}

function memoryRows({ fresh, restarted, afterBurst }: Figures['memory']): readonly Row[] {
  const row = (what: string, { residentMb }: Memory): Row => ({
    what,
    figure: megabytes(residentMb),
    ...verdict(`≤ ${IDLE_AIM_MB} MB`, residentMb <= IDLE_AIM_MB),
  });
  return [
    row('RSS idle, no keys', fresh),
    row('RSS idle, started with all keys', restarted),
    row('RSS idle, after the burst', afterBurst),
    { what: 'RSS peak in the burst', figure: megabytes(afterBurst.peakMb) },
  ];
}

function total({ keys }: WriteCounts): number {
  return [...keys.values()].reduce((sum, count) => sum + count, 0);
}

function verdict(aim: string, met: boolean): Pick<Row, 'aim' | 'met'> {
  return { aim, met };
}

function table(rows: readonly Row[]): string {
  const cells = [
    ['what', 'figure', 'aim', 'verdict'],
    ...rows.map(({ what, figure, aim = '', met }) => [
      what,
      figure,
      aim,
      met === undefined ? '' : met ? 'met' : 'MISSED',
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function rounded(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function milliseconds(ms: number): string {
  return `${Math.round(ms)} ms`;
}

function megabytes(value: number): string {
  return Number.isNaN(value) ? 'unknown here' : `${Math.round(value)} MB`;
}
