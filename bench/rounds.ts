import { apiRequest } from '../test/support/cluster/api-request.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { declareKeys, removeKeys, whenReady } from './keys-on-server.ts';
import { OperatorProcess } from './operator-process.ts';
import { sumOf } from '../test/support/prometheus-text.ts';
import type { Recipe } from './recipe.ts';
import { replay } from './replay.ts';
import { countedBetween, requestCounts, writeCounts, type WriteCounts } from './server-counters.ts';
import { keyNames } from './workload.ts';

export interface RoundOptions {
  readonly cluster: BenchCluster;
  readonly project: string;
  readonly recipes: readonly Recipe[];
  readonly keys: number;
  readonly profileInto?: string | undefined;
}

/** CPU time in seconds, of the API server and of whoever made the requests. */
export interface CpuTimes {
  readonly serverS: number;
  readonly clientS: number;
}

/** Milliseconds. */
export interface BareRound {
  /** Creating the ApiKeys. */
  readonly declareMs: number;
  /** All the operator does for them. */
  readonly replayMs: number;
  /** Of the replay. */
  readonly cpu: CpuTimes;
}

/**
 * What the API server can do at best: the operator's own requests from a loop that does nothing else. It is watched
 * as the operator is, from its first request until the last key is Ready, so that the measuring costs both the same.
 */
export async function bareRound(
  { cluster, project, recipes, keys }: RoundOptions,
  { withEvents }: { readonly withEvents: boolean },
): Promise<BareRound> {
  const startedMs = performance.now();
  const declared = await declareKeys(cluster, project, keyNames('key', keys));
  const declareMs = performance.now() - startedMs;
  const { ready } = await whenReady(cluster, [...declared.keys()]);
  const serverBeforeS = await serverCpuS(cluster);
  const ownBefore = process.cpuUsage();
  const replayStartedMs = performance.now();
  await replay({ transport: cluster.operatorTransport, recipes, project, declared, withEvents });
  const replayMs = (await ready) - replayStartedMs;
  const own = process.cpuUsage(ownBefore);
  const cpu = { serverS: (await serverCpuS(cluster)) - serverBeforeS, clientS: (own.user + own.system) / 1e6 };
  await removeKeys(cluster);
  return { declareMs, replayMs, cpu };
}

export interface BacklogRound {
  readonly tookMs: number;
  readonly cpu: CpuTimes;
  /** From the operator's start until it had nothing left to do. */
  readonly writes: WriteCounts;
}

/** The keys are there before the operator is: from its taking the lease until the last one is Ready. */
export async function backlogRound({ cluster, project, keys, profileInto }: RoundOptions): Promise<BacklogRound> {
  const names = keyNames('key', keys);
  await declareKeys(cluster, project, names);
  const before = await requestCounts(cluster.admin);
  const serverBeforeS = await serverCpuS(cluster);
  const { ready } = await whenReady(cluster, names);
  const operator = await OperatorProcess.start({ cluster, profileInto });
  const tookMs = (await ready) - operator.leadingSinceMs;
  await operator.settled();
  const clientS = sumOf(await operator.metrics(), 'process_cpu_seconds_total');
  const cpu = { serverS: (await serverCpuS(cluster)) - serverBeforeS, clientS };
  const writes = writeCounts(countedBetween(before, await requestCounts(cluster.admin)));
  await operator.stop();
  await removeKeys(cluster);
  return { tookMs, cpu, writes };
}

export interface LiveRound {
  readonly tookMs: number;
  /** Still runs, and its keys are still there. */
  readonly operator: OperatorProcess;
}

/** The keys are created 16-way under a running operator: from the first create until the last one is Ready. */
export async function liveRound({ cluster, project, keys, profileInto }: RoundOptions): Promise<LiveRound> {
  const names = keyNames('key', keys);
  const operator = await OperatorProcess.start({ cluster, profileInto });
  await operator.settled();
  const { ready } = await whenReady(cluster, names);
  const startedMs = performance.now();
  await declareKeys(cluster, project, names);
  const tookMs = (await ready) - startedMs;
  await operator.settled();
  return { tookMs, operator };
}

async function serverCpuS({ admin }: BenchCluster): Promise<number> {
  const { body } = await apiRequest(admin, { path: '/metrics', timeoutMs: 30_000 });
  return sumOf(body, 'process_cpu_seconds_total');
}
