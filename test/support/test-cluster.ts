import { readFile } from 'node:fs/promises';
import type { KubeClient } from '../../src/kube/client/client.ts';
import type { ClusterConfig } from '../../src/kube/config/cluster-config.ts';
import { kubeconfigConfig } from '../../src/kube/config/kubeconfig.ts';
import { systemClock } from '../../src/system-clock.ts';
import type { ApiConnection } from './cluster/api-request.ts';
import { readKubeconfig } from './cluster/kubeconfig-file.ts';
import { startCluster, type ClusterOptions, type RunningCluster } from './cluster/start-cluster.ts';
import { clientFor } from './harness.ts';
import { applyManifests } from './harness/apply-manifests.ts';

/** A cluster of a test file's own with Keywright's CRDs, seen as its admin. Disposal ends it. */
export interface TestCluster extends AsyncDisposable {
  /** To kill and restart the API server. */
  readonly cluster: RunningCluster;
  /** Past the code under test. */
  readonly connection: ApiConnection;
  /** What createTransport needs. */
  readonly config: ClusterConfig;
  readonly client: KubeClient;
}

/** A cluster as its admin sees it, wherever its servers run. */
export type Admin = Pick<TestCluster, 'connection' | 'config' | 'client'>;

/** About 3 s. For files that run an operator: it claims every project of its cluster, so two must not meet. */
export async function startTestCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await startCluster(options);
  try {
    const admin = await asAdmin(cluster.kubeconfigPath);
    await applyManifests(admin.connection, 'crds');
    return { cluster, ...admin, [Symbol.asyncDispose]: () => cluster.stop() };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** @param kubeconfig Path of one that logs an admin in. */
export async function asAdmin(kubeconfig: string): Promise<Admin> {
  const readText = (path: string): Promise<string> => readFile(path, 'utf8');
  const config = await kubeconfigConfig(kubeconfig, { readFile: readText, clock: systemClock });
  return { connection: await readKubeconfig(kubeconfig), config, client: clientFor(config) };
}
