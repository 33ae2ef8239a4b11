import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startCluster, type RunningCluster } from '../cluster/start-cluster.ts';
import { readKubeconfig } from '../cluster/kubeconfig-file.ts';
import { fillCompileCache } from '../compile-cache.ts';
import { applyManifests } from './apply-manifests.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the admin's kubeconfig for the cluster that all tests of the run share. */
    readonly kubeconfig: string;
  }
}

interface SharedCluster {
  readonly kubeconfig: string;
  readonly cluster?: RunningCluster;
  users: number;
}

/** Each project that needs a cluster runs this file in a module graph of its own; the process is one. */
const shared = globalThis as { keywrightTestCluster?: Promise<SharedCluster> };

/**
 * Gives the run one real cluster with Keywright's CRDs: the one KEYWRIGHT_TEST_KUBECONFIG names, else
 * a new local one. It fails where neither is to be had; no test is ever skipped for it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.keywrightTestCluster ??= open();
  const cluster = await shared.keywrightTestCluster;
  cluster.users += 1;
  project.provide('kubeconfig', cluster.kubeconfig);
  return async () => {
    cluster.users -= 1;
    if (cluster.users === 0) await cluster.cluster?.stop();
  };
}

async function open(): Promise<SharedCluster> {
  const named = process.env['KEYWRIGHT_TEST_KUBECONFIG'];
  const [cluster] = await Promise.all([named ? undefined : startCluster({ onProgress }), fillCompileCache()]);
  const kubeconfig = cluster?.kubeconfigPath ?? resolve(named ?? '');
  try {
    await applyManifests(await readKubeconfig(kubeconfig), 'crds');
  } catch (error) {
    await cluster?.stop();
    throw error;
  }
  return { kubeconfig, ...(cluster === undefined ? {} : { cluster }), users: 0 };
}

function onProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}
