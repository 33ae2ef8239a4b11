import { OperatorProcess } from './operator-process.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { declareKeys, removeKeys, whenReady } from './keys-on-server.ts';
import { replay, type Recipe } from './replay.ts';
import { countedBetween, requestCounts, writeCounts, type WriteCounts } from './server-counters.ts';
import { keyNames } from './workload.ts';

export interface RoundOptions {
  readonly cluster: BenchCluster;
  readonly project: string;
  readonly recipes: readonly Recipe[];
  readonly keys: number;
  readonly profileInto?: string | undefined;
}

/** Milliseconds. */
export interface BareTimes {
  /** Creating the ApiKeys. */
  readonly declareMs: number;
  /** All the operator does for them. */
  readonly replayMs: number;
}

/** What the API server can do at best: the operator's own requests from a loop that does nothing else. */
export async function bareRound({ cluster, project, recipes, keys }: RoundOptions): Promise<BareTimes> {
  const startedMs = performance.now();
  const declared = await declareKeys(cluster, project, keyNames('key', keys));
  const declareMs = performance.now() - startedMs;
  const replayMs = await replay(cluster.transport, recipes, project, declared);
  await removeKeys(cluster);
  return { declareMs, replayMs };
}

export interface BacklogRound {
  readonly tookMs: number;
  /** From the operator's start until it had nothing left to do. */
  readonly writes: WriteCounts;
}

/** The keys are there before the operator is: from its taking the lease until the last one is Ready. */
export async function backlogRound({ cluster, project, keys, profileInto }: RoundOptions): Promise<BacklogRound> {
  const names = keyNames('key', keys);
  await declareKeys(cluster, project, names);
  const before = await requestCounts(cluster.admin);
  const { ready } = await whenReady(cluster, names);
  const operator = await OperatorProcess.start({ cluster, profileInto });
  const tookMs = (await raced(operator, ready)) - operator.leadingSinceMs;
  await operator.settled();
  const writes = writeCounts(countedBetween(before, await requestCounts(cluster.admin)));
  await operator.stop();
  await removeKeys(cluster);
  return { tookMs, writes };
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
  const tookMs = (await raced(operator, ready)) - startedMs;
  await operator.settled();
  return { tookMs, operator };
}

/** An operator must not outlive a run that is broken off. */
async function raced(operator: OperatorProcess, ready: Promise<number>): Promise<number> {
  try {
    return await ready;
  } catch (error) {
    operator.kill();
    throw error;
  }
}
