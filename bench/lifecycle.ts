import { KEY_PROJECTS } from '../src/api/resources.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { failOvers, type FailOvers } from './fail-over.ts';
import { requestsPerKey } from './recipe.ts';
import { rotationLatencies, type RotationLatencies } from './rotation-latency.ts';
import { recordRotations, rotationPair, type RotationPair } from './rotation-round.ts';
import { benchProject } from './workload.ts';

const PROJECT = 'bench-lifecycle';
const SMALL_ROUNDS = 3;

export interface LifecycleOptions {
  /** Of the large round of rotations. */
  readonly keys: number;
  /** Of each small round. */
  readonly smallKeys: number;
  /** Single rotations. */
  readonly applies: number;
  /** Leaders that are killed, and as many that are stopped. */
  readonly failOvers: number;
  readonly progress: (line: string) => void;
}

export interface LifecycleFigures {
  /** Of a rotation as recorded, events apart. */
  readonly requestsPerKey: number;
  readonly pairs: readonly RotationPair[];
  readonly large: RotationPair;
  readonly single: RotationLatencies;
  readonly failOvers: FailOvers;
}

/** Rotations of ApiKeys, many at once and one by one, and how long nobody works when the leader ends. */
export async function measureLifecycle(cluster: BenchCluster, options: LifecycleOptions): Promise<LifecycleFigures> {
  const { keys, smallKeys, applies, progress } = options;
  await cluster.client.create(KEY_PROJECTS, benchProject(PROJECT, Math.max(keys, smallKeys, applies)));

  progress('Recording what the operator asks for keys that are rotated');
  const recipes = await recordRotations(cluster, PROJECT);
  const round = { cluster, project: PROJECT, recipes };
  const pairs: RotationPair[] = [];
  for (let pair = 1; pair <= SMALL_ROUNDS; pair += 1) {
    progress(`Round ${pair} of ${SMALL_ROUNDS}: ${smallKeys} keys rotated by the bare loop, then by the operator`);
    pairs.push(await rotationPair({ ...round, keys: smallKeys }));
  }
  progress(`${keys} keys rotated by the bare loop, then by the operator`);
  const large = await rotationPair({ ...round, keys });
  progress(`${applies} single rotations`);
  const single = await rotationLatencies(cluster, PROJECT, applies);
  progress(`${options.failOvers} leaders killed, and as many stopped`);
  const failures = await failOvers(cluster, PROJECT, options.failOvers);
  return { requestsPerKey: requestsPerKey(recipes), pairs, large, single, failOvers: failures };
}
