import { availableParallelism } from 'node:os';
import { KEY_PROJECTS } from '../src/api/resources.ts';
import { startBenchCluster } from './bench-cluster.ts';
import { measureDeliveries, type DeliveryFigures, type DeliveryOptions } from './deliveries.ts';
import { keySpeeds, type KeySpeed } from './key-speed.ts';
import { measureLifecycle, type LifecycleFigures, type LifecycleOptions } from './lifecycle.ts';
import { loopRound, type LoopRound } from './loop-round.ts';
import { rewrapRound, type RewrapRound } from './rewrap-round.ts';
import { benchProject } from './workload.ts';

/** What can be measured by itself. */
export const PARTS = ['minting', 'deliveries', 'lifecycle', 'rewrap'] as const;
export type Part = (typeof PARTS)[number];

const PROJECT = 'bench-keys';
/** Of libuv, on which the bare library calls run: with more workers of ours the two would not be comparable. */
const LIBUV_THREADS = 4;
/** More than any round declares. */
const MAX_KEYS = 100_000;

export interface RunOptions extends DeliveryOptions, LifecycleOptions {
  readonly parts: readonly Part[];
  /** Pairs in which keys of each kind are made. */
  readonly rounds: number;
  /** RSA-4096 keys that are made while the event loop of the operator is watched. */
  readonly slowKeys: number;
  /** Records over which the KEK is rotated. */
  readonly records: number;
}

export interface Figures {
  readonly kubernetes: string;
  readonly minting?: { readonly workers: number; readonly speeds: readonly KeySpeed[]; readonly loop: LoopRound };
  readonly deliveries?: DeliveryFigures;
  readonly lifecycle?: LifecycleFigures;
  readonly rewrap?: RewrapRound;
}

/** The parts asked for, on a control plane of their own. Key speeds come first, before it is started. */
export async function run(options: RunOptions): Promise<Figures> {
  const { parts, progress, rounds, slowKeys, applies, records } = options;
  const wants = (part: Part): boolean => parts.includes(part);
  const workers = Math.min(LIBUV_THREADS, Math.max(1, availableParallelism() - 1));
  const speeds = wants('minting') ? await keySpeeds({ workers, rounds, progress }) : [];
  await using cluster = await startBenchCluster(progress);
  const deliveries = wants('deliveries') ? await measureDeliveries(cluster, options) : undefined;
  const lifecycle = wants('lifecycle') ? await measureLifecycle(cluster, options) : undefined;
  await cluster.client.create(KEY_PROJECTS, benchProject(PROJECT, MAX_KEYS));
  if (wants('rewrap')) progress(`${records} records written by the bare loop, then wrapped anew by the operator`);
  const rewrap = wants('rewrap') ? await rewrapRound(cluster, PROJECT, records) : undefined;
  const loop = wants('minting')
    ? await loopRound(cluster, { project: PROJECT, slowKeys, applies, progress })
    : undefined;
  return {
    kubernetes: cluster.version,
    ...(loop === undefined ? {} : { minting: { workers, speeds, loop } }),
    ...(deliveries === undefined ? {} : { deliveries }),
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(rewrap === undefined ? {} : { rewrap }),
  };
}
