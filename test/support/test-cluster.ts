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

/** About 3 s. For files that run an operator: it claims every project of its cluster, so two must not meet. */
export async function startTestCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await startCluster(options);
  try {
    const connection = await readKubeconfig(cluster.kubeconfigPath);
    await applyManifests(connection, 'crds');
    const readText = (path: string): Promise<string> => readFile(path, 'utf8');
    const config = await kubeconfigConfig(cluster.kubeconfigPath, { readFile: readText, clock: systemClock });
    return { cluster, connection, config, client: clientFor(config), [Symbol.asyncDispose]: () => cluster.stop() };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
