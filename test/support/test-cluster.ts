import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import type { KubeClient } from '../../src/kube/client/client.ts';
import type { ClusterConfig } from '../../src/kube/config/cluster-config.ts';
import { kubeconfigConfig } from '../../src/kube/config/kubeconfig.ts';
import { systemClock } from '../../src/system-clock.ts';
import type { ApiConnection } from './cluster/api-request.ts';
import { readKubeconfig } from './cluster/kubeconfig-file.ts';
import { startCluster, type ClusterOptions, type RunningCluster } from './cluster/start-cluster.ts';
import { clientFor } from './harness.ts';
import { applyManifests } from './harness/apply-manifests.ts';
import { borrow, giveBack } from './harness/cluster-desk.ts';

/** A cluster of a test file's own with Keywright's CRDs, seen as its admin. Disposal ends it or gives it back. */
export interface TestCluster extends AsyncDisposable {
  /** To kill and restart its servers. @throws {RangeError} if it is borrowed. */
  readonly cluster: RunningCluster;
  /** Past the code under test. */
  readonly connection: ApiConnection;
  /** What createTransport needs. */
  readonly config: ClusterConfig;
  readonly client: KubeClient;
  /** Whether the operator's ServiceAccount and roles are there from the start. */
  readonly hasRoles: boolean;
}

type Admin = Pick<TestCluster, 'connection' | 'config' | 'client'>;

/**
 * Some milliseconds, or about 4 s where all are lent. For files that run an operator: it claims every project of its
 * cluster, so two must not meet. Whatever becomes of it, the next to borrow it finds nothing of that.
 */
export async function borrowTestCluster(): Promise<TestCluster> {
  const desk = inject('clusterDesk');
  const kubeconfig = await borrow(desk);
  return {
    ...(await asAdmin(kubeconfig)),
    hasRoles: true,
    get cluster(): never {
      throw new RangeError('Others get a borrowed cluster after this file: ask for one with servers of its own');
    },
    [Symbol.asyncDispose]: () => giveBack(desk, kubeconfig),
  };
}

/** About 3 s. For what a borrowed one does not allow: flags, and servers that die. */
export async function startTestCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await startCluster(options);
  try {
    const admin = await asAdmin(cluster.kubeconfigPath);
    await applyManifests(admin.connection, 'crds');
    return { ...admin, hasRoles: false, cluster, [Symbol.asyncDispose]: () => cluster.stop() };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function asAdmin(kubeconfig: string): Promise<Admin> {
  const readText = (path: string): Promise<string> => readFile(path, 'utf8');
  const config = await kubeconfigConfig(kubeconfig, { readFile: readText, clock: systemClock });
  return { connection: await readKubeconfig(kubeconfig), config, client: clientFor(config) };
}
