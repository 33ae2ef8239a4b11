import { setTimeout as sleep } from 'node:timers/promises';
import { CRYPTO_KEYS } from '../src/api/resources.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { sideBySide, whenReady } from './keys-on-server.ts';
import { deliveryLatencies } from './latency.ts';
import { OperatorProcess, type LoopDelay } from './operator-process.ts';
import { benchSlowKey, keyNames } from './workload.ts';

const IDLE_MS = 10_000;
/** Few enough that the last of them end soon after the slow keys are there. */
const BATCH = 20;

export interface LoopRoundOptions {
  readonly project: string;
  /** RSA-4096 keys. */
  readonly slowKeys: number;
  /** Single applies without slow keys beside them. */
  readonly applies: number;
  readonly progress: (line: string) => void;
}

/** What the operator's event loop says, and what an author of other keys notices. */
export interface LoopRound {
  readonly slowKeys: number;
  /** From the first slow key being declared until the last one is delivered. Milliseconds. */
  readonly madeMs: number;
  /** Without any work. */
  readonly idle: LoopDelay;
  /** While ApiKeys are applied, one after the other. */
  readonly working: LoopDelay;
  /** The same while the slow keys are made. */
  readonly minting: LoopDelay;
  /** From an apply until its Secrets are there, before the slow keys and beside them. Milliseconds. */
  readonly latenciesMs: { readonly alone: readonly number[]; readonly beside: readonly number[] };
}

/** Slow keys made by the operator itself, while it goes on delivering ApiKeys. Its keys stay on the server. */
export async function loopRound(
  cluster: BenchCluster,
  { project, slowKeys, applies, progress }: LoopRoundOptions,
): Promise<LoopRound> {
  progress(`${applies} single applies, then others while ${slowKeys} RSA-4096 keys are made`);
  const operator = await OperatorProcess.start({ cluster });
  await operator.settled();
  await operator.loopDelay();
  await sleep(IDLE_MS);
  const idle = await operator.loopDelay();
  const alone = await deliveryLatencies(cluster, project, keyNames('alone', applies));
  const working = await operator.loopDelay();

  const names = keyNames('slow', slowKeys);
  const { ready } = await whenReady(cluster, names, { resource: CRYPTO_KEYS });
  const startedMs = performance.now();
  await sideBySide(names, async (name) => {
    await cluster.client.create(CRYPTO_KEYS, benchSlowKey(project, name));
  });
  const beside = await latenciesUntil(ready, cluster, project);
  const madeMs = (await ready) - startedMs;
  const minting = await operator.loopDelay();
  await operator.stop();
  return { slowKeys, madeMs, idle, working, minting, latenciesMs: { alone, beside } };
}

async function latenciesUntil(
  ready: Promise<number>,
  cluster: BenchCluster,
  project: string,
): Promise<readonly number[]> {
  const over = new AbortController();
  const ending = ready.finally(() => over.abort());
  const latenciesMs: number[] = [];
  for (let batch = 0; !over.signal.aborted; batch += 1) {
    latenciesMs.push(...(await deliveryLatencies(cluster, project, keyNames(`beside-${batch}`, BATCH))));
  }
  await ending;
  return latenciesMs;
}
