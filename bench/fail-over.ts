import { setTimeout as sleep } from 'node:timers/promises';
import { FINALIZER } from '../src/api/labels.ts';
import { API_KEYS } from '../src/api/resources.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { removeKeys } from './keys-on-server.ts';
import { OperatorProcess } from './operator-process.ts';
import { AUTHORS, benchKey } from './workload.ts';

/** Between two renewals of a lease: the moment at which the leader ends is spread over it. */
const RENEWAL_MS = 2_000;
const WATCH_S = 120;

/** Milliseconds, one for each leader that ended. */
export interface FailOvers {
  /** From the leader's SIGKILL until its successor's first write for a key that was declared after it. */
  readonly killedMs: readonly number[];
  /** The same from SIGTERM, for a key that was declared once the leader had stopped. */
  readonly stoppedMs: readonly number[];
}

/** A leader ends while another operator stands by, again and again, with the lease of a real installation. */
export async function failOvers(cluster: BenchCluster, project: string, times: number): Promise<FailOvers> {
  let leader = await OperatorProcess.start({ cluster });
  const succeed = async (name: string, end: (leader: OperatorProcess) => Promise<unknown>): Promise<number> => {
    const successor = await OperatorProcess.start({ cluster, standsBy: true });
    await sleep(RENEWAL_MS * Math.random());
    const startedMs = performance.now();
    await end(leader);
    const writtenMs = await firstWrite(cluster, project, name);
    await leader.stop();
    leader = successor;
    return writtenMs - startedMs;
  };
  const killedMs: number[] = [];
  const stoppedMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    killedMs.push(await succeed(`killed-${time}`, (ending) => ending.kill()));
    stoppedMs.push(await succeed(`stopped-${time}`, untilStopped));
  }
  await leader.stop();
  await removeKeys(cluster);
  return { killedMs, stoppedMs };
}

/** What remains of the process after this writes nothing, and may take a while. */
async function untilStopped(leader: OperatorProcess): Promise<void> {
  const ended = leader.stop();
  await Promise.race([leader.whenLogged('Stopped leading'), ended]);
}

/** Declares a key and waits until an operator has put its finalizer on it. */
async function firstWrite({ client }: BenchCluster, project: string, name: string): Promise<number> {
  const { metadata } = await client.create(API_KEYS, benchKey(project, name));
  const { resourceVersion = '' } = metadata;
  const options = { namespace: AUTHORS, resourceVersion, timeoutSeconds: WATCH_S };
  for await (const { object } of client.watch(API_KEYS, options)) {
    if (object.metadata.name === name && object.metadata.finalizers?.includes(FINALIZER) === true)
      return performance.now();
  }
  throw new Error(`No operator took over within ${WATCH_S} s`);
}
