import { isIPv6 } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { TlsOptions } from '../transport/connector.ts';
import { type Credentials, readCredentialFile, tokenFileCredentials } from '../transport/credentials.ts';

/** Where an API server is and how to speak to it: what createTransport needs to know. */
export interface ClusterConfig {
  readonly server: string;
  readonly credentials: Credentials;
  readonly tls: TlsOptions;
  /** Namespace of the pod, or of the kubeconfig's context if that names one. */
  readonly namespace?: string;
}

export interface ConfigSources {
  /** Reads a file as UTF-8. */
  readonly readFile: (path: string) => Promise<string>;
  readonly clock: Clock;
}

export interface InClusterSources extends ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The configuration every pod has. Token and CA are read when they are needed, so their rotation is followed.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 *
 * @throws {Error} outside a pod; ConnectionError credentials if the namespace file cannot be read.
 */
export async function inClusterConfig({ env, readFile, clock }: InClusterSources): Promise<ClusterConfig> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '';
  if (host === '' || port === '') {
    throw new Error('Cannot find the API server: KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is not set');
  }
  const namespace = await readCredentialFile(readFile, `${SERVICE_ACCOUNT}/namespace`);
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    credentials: tokenFileCredentials({ path: `${SERVICE_ACCOUNT}/token`, readFile, clock }),
    tls: { loadCa: () => readCredentialFile(readFile, `${SERVICE_ACCOUNT}/ca.crt`) },
    namespace: namespace.trim(),
  };
}
