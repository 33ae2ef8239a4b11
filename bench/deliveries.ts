import { setTimeout as sleep } from 'node:timers/promises';
import { KEY_PROJECTS } from '../src/api/resources.ts';
import { REPORT_INTERVAL_MS } from '../src/controllers/key-project/plan.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { declareKeys, removeKeys, whenReady } from './keys-on-server.ts';
import { deliveryLatencies } from './latency.ts';
import { OperatorProcess, type Memory } from './operator-process.ts';
import { sumOf } from '../test/support/prometheus-text.ts';
import { startRecordingProxy } from './recording-proxy.ts';
import { recipesOf, requestsPerKey, type Recipe } from './recipe.ts';
import { backlogRound, bareRound, liveRound, type BacklogRound, type BareRound } from './rounds.ts';
import { countedBetween, requestCounts, writeCounts, type WriteCounts } from './server-counters.ts';
import { benchProject, keyNames } from './workload.ts';

const PROJECT = 'bench';
const LATENCY_PROJECT = 'bench-latency';
const RECORDED_KEYS = 20;
const SMALL_ROUNDS = 3;
const RESTARTS = 3;
/** After a start or a burst, before memory counts as idle. */
const IDLE_MS = 10_000;

export interface DeliveryOptions {
  /** Of the large round. */
  readonly keys: number;
  /** Of each small round. */
  readonly smallKeys: number;
  /** Single applies. */
  readonly applies: number;
  /** Folder for CPU profiles of the operator. */
  readonly profileInto: string | undefined;
  readonly progress: (line: string) => void;
}

/** One pair of measurements after the other on the same server. Milliseconds. */
export interface Pair {
  readonly keys: number;
  readonly bare: BareRound;
  readonly bareWithoutEvents: BareRound;
  readonly backlog: BacklogRound;
  readonly liveMs: number;
}

export interface DeliveryFigures {
  /** As recorded, events apart. */
  readonly requestsPerKey: number;
  readonly pairs: readonly Pair[];
  readonly large: Pair;
  readonly handshakes: number;
  readonly latenciesMs: readonly number[];
  readonly resync: { readonly writes: WriteCounts; readonly reconciles: number };
  readonly memory: { readonly fresh: Memory; readonly afterBurst: Memory; readonly restarted: Memory };
  readonly startToSyncedMs: readonly number[];
}

/** ApiKeys with the Secrets in which they are delivered: how many writes, how long, and what the operator needs for it. */
export async function measureDeliveries(cluster: BenchCluster, options: DeliveryOptions): Promise<DeliveryFigures> {
  const { keys, smallKeys, progress, profileInto } = options;
  await cluster.client.create(KEY_PROJECTS, benchProject(PROJECT, keys));
  await cluster.client.create(KEY_PROJECTS, benchProject(LATENCY_PROJECT, options.applies));

  progress(`Recording what the operator asks for ${RECORDED_KEYS} keys`);
  const recipes = await recordRecipes(cluster);
  progress('Starting an operator without keys');
  const fresh = await freshMemory(cluster);

  const pairs: Pair[] = [];
  for (let round = 1; round <= SMALL_ROUNDS; round += 1) {
    progress(`Round ${round} of ${SMALL_ROUNDS}: ${smallKeys} keys twice by the bare loop, twice by the operator`);
    pairs.push(await smallPair(cluster, recipes, smallKeys));
  }

  const largeRound = { cluster, project: PROJECT, recipes, keys };
  progress(`${keys} keys twice by the bare loop`);
  const bareWithoutEvents = await bareRound(largeRound, { withEvents: false });
  const bare = await bareRound(largeRound, { withEvents: true });
  progress(`${keys} keys by the operator, declared before it starts`);
  const backlog = await backlogRound({ ...largeRound, profileInto });
  progress(`${keys} keys by the operator, declared while it runs`);
  const { tookMs: liveMs, operator } = await liveRound({ ...largeRound, profileInto });
  const handshakes = sumOf(await operator.metrics(), 'keywright_tls_handshakes_total');

  progress('Looking at all keys again');
  const resync = await resyncWrites(cluster, operator, keys);
  progress(`${options.applies} single applies`);
  const latenciesMs = await deliveryLatencies(cluster, LATENCY_PROJECT, keyNames('one', options.applies));
  await sleep(IDLE_MS);
  const afterBurst = await operator.memory();
  await operator.stop();

  progress(`Starting the operator ${RESTARTS} times with these keys`);
  const { startToSyncedMs, restarted } = await restarts(cluster);
  await removeKeys(cluster);
  return {
    requestsPerKey: requestsPerKey(recipes),
    pairs,
    large: { keys, bare, bareWithoutEvents, backlog, liveMs },
    handshakes,
    latenciesMs,
    resync,
    memory: { fresh, afterBurst, restarted },
    startToSyncedMs,
  };
}

async function recordRecipes(cluster: BenchCluster): Promise<readonly Recipe[]> {
  await using proxy = await startRecordingProxy(cluster.admin);
  const names = keyNames('rec', RECORDED_KEYS);
  const operator = await OperatorProcess.start({ cluster, server: proxy.server });
  // It claims the projects first, which belongs to no key.
  await operator.settled();
  const { ready } = await whenReady(cluster, names);
  await declareKeys(cluster, PROJECT, names);
  await ready;
  await operator.settled();
  await operator.stop();
  await removeKeys(cluster);
  return recipesOf(proxy.requests, PROJECT, names);
}

async function freshMemory(cluster: BenchCluster): Promise<Memory> {
  const operator = await OperatorProcess.start({ cluster });
  await sleep(IDLE_MS);
  const memory = await operator.memory();
  await operator.stop();
  return memory;
}

async function smallPair(cluster: BenchCluster, recipes: readonly Recipe[], keys: number): Promise<Pair> {
  const round = { cluster, project: PROJECT, recipes, keys };
  const bareWithoutEvents = await bareRound(round, { withEvents: false });
  const bare = await bareRound(round, { withEvents: true });
  const backlog = await backlogRound(round);
  const { tookMs: liveMs, operator } = await liveRound(round);
  await operator.stop();
  await removeKeys(cluster);
  return { keys, bare, bareWithoutEvents, backlog, liveMs };
}

async function resyncWrites(
  cluster: BenchCluster,
  operator: OperatorProcess,
  keys: number,
): Promise<DeliveryFigures['resync']> {
  const labels = { controller: 'key' };
  // A project reports the number of its keys a while after the last of them; that is no write of the resync.
  await sleep(REPORT_INTERVAL_MS + 1_000);
  await operator.settled();
  const reconciles = async (): Promise<number> =>
    sumOf(await operator.metrics(), 'controller_runtime_reconcile_total', labels);
  const [countsBefore, reconcilesBefore] = [await requestCounts(cluster.admin), await reconciles()];
  operator.requestResync();
  while ((await reconciles()) < reconcilesBefore + keys) await sleep(100);
  await operator.settled();
  const writes = writeCounts(countedBetween(countsBefore, await requestCounts(cluster.admin)));
  return { writes, reconciles: (await reconciles()) - reconcilesBefore };
}

async function restarts(cluster: BenchCluster): Promise<{ startToSyncedMs: readonly number[]; restarted: Memory }> {
  const startToSyncedMs: number[] = [];
  let restarted: Memory = { residentMb: NaN, peakMb: NaN };
  for (let start = 1; start <= RESTARTS; start += 1) {
    const operator = await OperatorProcess.start({ cluster });
    startToSyncedMs.push(operator.startToSyncedMs);
    if (start === RESTARTS) {
      await sleep(IDLE_MS);
      restarted = await operator.memory();
    }
    await operator.stop();
  }
  return { startToSyncedMs, restarted };
}
