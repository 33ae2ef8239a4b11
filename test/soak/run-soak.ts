import { setTimeout as pause } from 'node:timers/promises';
import { OPERATOR_NAMESPACE } from '../support/operator.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { startTestCluster } from '../support/test-cluster.ts';
import { WriteProxy } from '../support/write-proxy.ts';
import { abandonLost } from './abandon-lost.ts';
import { diceOf, type Dice } from './dice.ts';
import type { Surroundings } from './edits/scene.ts';
import { evidenceFor } from './evidence.ts';
import { disturb, type FaultCounts } from './faults.ts';
import { prepareGround, watchGround } from './ground.ts';
import { searchLogs } from './log-search.ts';
import { OperatorPair, type OperatorCounts } from './operator-pair.ts';
import { writesOfResync } from './resync.ts';
import { complaints } from './settled/complaints.ts';
import { readCluster } from './settled/cluster-state.ts';
import { applyMissing, tidy } from './tidy.ts';
import { Witness } from './witness/witness.ts';
import { write, type EditCounts } from './writer.ts';

const WRITERS = 5;
const PROGRESS_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 500;
/** A pass that failed again and again is tried again after five minutes at the latest. */
const SETTLES_WITHIN_MS = 330_000;

export interface SoakOptions {
  /** How long the writers go on, in milliseconds. */
  readonly editsMs: number;
  /** Decides every choice; how edits and faults meet is left to the machine. */
  readonly seed: number;
  readonly onProgress: (line: string) => void;
  /** Ends the edits early; all that follows them is done all the same. */
  readonly signal?: AbortSignal;
}

export interface SoakReport {
  readonly seed: number;
  readonly edits: EditCounts;
  readonly faults: FaultCounts;
  readonly operators: OperatorCounts;
  /** Declared in the end. */
  readonly keys: number;
  /** Ever seen; each environment of a key has its own. */
  readonly versions: number;
  /** Events of the API server that were judged. */
  readonly events: number;
  readonly logLines: number;
  /** Tokens that were searched for in them. */
  readonly tokens: number;
  /** From the last edit until everything was as declared, in milliseconds. */
  readonly settledAfterMs: number;
  /** Empty: every invariant held. */
  readonly violations: readonly string[];
  /** What helps to find out why; it shows nothing secret. */
  readonly evidence: readonly string[];
}

/**
 * Five writers edit keys, Secrets, namespaces and projects at random while the network is bad and leaders die. Then
 * the faults end, and everything has to come to rest as it is declared. What happened is judged by the events of the
 * API server, not by the operator's word.
 */
export async function runSoak({ editsMs, seed, onProgress, signal }: SoakOptions): Promise<SoakReport> {
  await using cluster = await startTestCluster({ onProgress });
  await using proxy = await WriteProxy.start(cluster.connection);
  const { client } = cluster;
  const surroundings = await prepareGround(client);
  const mapped = new Set(surroundings.tenants.flatMap(({ staging, eu, us }) => [staging, eu, us]));
  const witness = new Witness({ operatorNamespace: OPERATOR_NAMESPACE, mapped });
  await using streams = await watchGround(client, witness);
  await using operators = await OperatorPair.start({ cluster, server: proxy.url });
  await operators.whenLed();

  const edits: EditCounts = new Map();
  await using network = disturb(proxy, seed);
  const end = new AbortController();
  const ends = endOfEdits(editsMs, end.signal, signal);
  witness.onViolation(() => end.abort());
  const told = (): string => progressOf(edits, witness, operators, network.counts());
  await together(end, [
    ...Array.from({ length: WRITERS }, (_, writer) => write(surroundings, dice(seed, writer), edits, ends)),
    operators.harass(dice(seed, WRITERS), ends),
    tell(onProgress, told, ends),
  ]);
  await network.stop();
  onProgress('The writers and the faults have ended');
  await tidy(surroundings);
  const endedMs = performance.now();
  const unsettled = await settle(surroundings, witness);
  const settledAfterMs = performance.now() - endedMs;

  const state = await readCluster(client, OPERATOR_NAMESPACE);
  const rewritten =
    unsettled.length + witness.violations.length > 0 ? [] : await writesOfResync(proxy, operators, state.keys.size);
  await streams.upTo(state);
  witness.end();
  const { logLines } = operators;
  const { searchedFor, leaks } = searchLogs(logLines, witness.tokens);
  const violations = [...witness.violations, ...unsettled, ...rewritten, ...leaks];
  return {
    seed,
    edits,
    faults: network.counts(),
    operators: operators.counts,
    keys: state.keys.size,
    versions: witness.versions,
    events: witness.events,
    logLines: logLines.length,
    tokens: searchedFor,
    settledAfterMs,
    violations,
    evidence: leaks.length > 0 ? [] : evidenceFor(violations, state, logLines),
  };
}

/** Aborts when the time is over, or when anybody asks for it. */
function endOfEdits(editsMs: number, ...others: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(editsMs), ...others.filter((signal) => signal !== undefined)]);
}

/** Waits for all of them; the first that fails ends the others too. @throws what that one threw. */
async function together(end: AbortController, tasks: readonly Promise<void>[]): Promise<void> {
  const ended = await Promise.allSettled(
    tasks.map((task) =>
      task.catch((error: unknown) => {
        end.abort();
        throw error;
      }),
    ),
  );
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** What still was not as declared when the time was up; nothing if all came to rest. */
async function settle(surroundings: Surroundings, witness: Witness): Promise<readonly string[]> {
  const { client, keys } = surroundings;
  const giveUpMs = performance.now() + SETTLES_WITHIN_MS;
  // What is broken already has ended the edits early, and everything else is in the middle of something.
  while (witness.violations.length === 0) {
    const state = await readCluster(client, OPERATOR_NAMESPACE);
    await abandonLost(surroundings, state);
    await applyMissing(surroundings, state);
    const found = complaints(state, keys, witness);
    if (found.length === 0 || performance.now() > giveUpMs) return found;
    await pause(LOOK_EVERY_MS);
  }
  return [];
}

async function tell(onProgress: (line: string) => void, told: () => string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(PROGRESS_EVERY_MS, undefined, { signal }).catch(() => {});
    onProgress(told());
  }
}

function progressOf(edits: EditCounts, witness: Witness, operators: OperatorPair, faults: FaultCounts): string {
  const made = [...edits.values()].reduce((sum, { done }) => sum + done, 0);
  const { dropped, answersLost, refused, delayed, watchesCut } = faults;
  const failed = dropped + answersLost + refused + delayed + watchesCut;
  const { killed, paused } = operators.counts;
  return (
    `${made} edits, ${failed} faults, ${killed} leaders killed, ${paused} paused, ` +
    `${witness.versions} versions, ${witness.events} events, ${witness.violations.length} violations`
  );
}

function dice(seed: number, stream: number): Dice {
  return diceOf(seededRandom(seed + stream + 1));
}
