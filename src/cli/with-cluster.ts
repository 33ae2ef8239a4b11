import type { Clock, Random } from '../clock.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { createKubeClient } from '../kube/client/http-client.ts';
import { kubeconfigConfig } from '../kube/config/kubeconfig.ts';
import { createTransport } from '../kube/transport/transport.ts';

export interface ClusterSource {
  /** Path of the kubeconfig file. */
  readonly kubeconfig: string;
  readonly context?: string;
}

export interface ClusterPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly readFile: (path: string) => Promise<string>;
  readonly version: string;
}

/**
 * Connects for one command and hangs up after it.
 * @throws {KubeconfigError | ConnectionError} if the file cannot be used, and what `use` throws.
 */
export async function withCluster<T>(
  { kubeconfig, context }: ClusterSource,
  { clock, random, readFile, version }: ClusterPorts,
  use: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const config = await kubeconfigConfig(kubeconfig, { readFile, clock, ...(context !== undefined && { context }) });
  const transport = createTransport({ ...config, clock, userAgent: `keywright/${version}`, poolSize: 1 });
  try {
    return await use(createKubeClient({ transport, clock, random }));
  } finally {
    await transport.close();
  }
}
