import { readFile } from 'node:fs/promises';
import { NAMESPACES } from '../src/kube/objects/resource.ts';
import type { KubeClient } from '../src/kube/client/client.ts';
import type { Transport } from '../src/kube/transport/exchange.ts';
import { staticToken } from '../test/support/static-token.ts';
import { createKubeClient } from '../src/kube/client/http-client.ts';
import { kubeconfigConfig } from '../src/kube/config/kubeconfig.ts';
import { createTransport } from '../src/kube/transport/transport.ts';
import { systemClock } from '../src/system-clock.ts';
import type { ApiConnection } from '../test/support/cluster/api-request.ts';
import { readKubeconfig } from '../test/support/cluster/kubeconfig-file.ts';
import { requestToken } from '../test/support/cluster/request-token.ts';
import { startCluster } from '../test/support/cluster/start-cluster.ts';
import { applyManifests } from '../test/support/harness/apply-manifests.ts';
import { AUTHORS, TARGETS } from './workload.ts';

/** The namespace that deploy/rbac is written for. */
export const OPERATOR_NAMESPACE = 'keywright-system';

/** A control plane of the benchmark's own with everything but the operator. */
export interface BenchCluster extends AsyncDisposable {
  /** Of Kubernetes. */
  readonly version: string;
  /** The admin, past the code under test. */
  readonly admin: ApiConnection;
  /** The admin through the operator's own client. */
  readonly client: KubeClient;
  /** Of the operator's ServiceAccount, which has exactly deploy/rbac. */
  readonly operatorToken: string;
  /** The same pool of connections as the operator's, as the same user: whom a request is from is part of its cost. */
  readonly operatorTransport: Transport;
}

export async function startBenchCluster(onProgress: (line: string) => void): Promise<BenchCluster> {
  const cluster = await startCluster({ onProgress });
  try {
    const admin = await readKubeconfig(cluster.kubeconfigPath);
    const sources = { readFile: (path: string) => readFile(path, 'utf8'), clock: systemClock };
    const config = await kubeconfigConfig(cluster.kubeconfigPath, sources);
    const transport = createTransport({ ...config, clock: systemClock, userAgent: 'keywright-bench' });
    const client = createKubeClient({ transport, clock: systemClock, random: Math.random });
    await applyManifests(admin, 'crds');
    for (const name of [OPERATOR_NAMESPACE, AUTHORS, ...TARGETS]) {
      await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    await applyManifests(admin, 'deploy/rbac');
    const operatorToken = await requestToken(admin, OPERATOR_NAMESPACE, 'keywright');
    const operatorTransport = createTransport({
      ...config,
      credentials: staticToken(operatorToken),
      clock: systemClock,
      userAgent: 'keywright/bench',
    });
    return {
      version: cluster.version,
      admin,
      client,
      operatorToken,
      operatorTransport,
      [Symbol.asyncDispose]: async () => {
        await Promise.all([transport.close(), operatorTransport.close()]);
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
