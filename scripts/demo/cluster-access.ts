import { readFile } from 'node:fs/promises';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { createKubeClient } from '../../src/kube/client/http-client.ts';
import { kubeconfigConfig } from '../../src/kube/config/kubeconfig.ts';
import { createTransport } from '../../src/kube/transport/transport.ts';
import { systemClock } from '../../src/system-clock.ts';
import { callAs, type ApiConnection } from '../../test/support/cluster/api-request.ts';
import { TABLE_TYPE, tableLines, type ServerTable } from './table.ts';

/** The cluster as its admin: the person's side of the demo, never the operator's. Disposal ends the connections. */
export interface ClusterAccess extends AsyncDisposable {
  /** For what is sent as plain JSON: manifests, tokens, tables. */
  readonly connection: ApiConnection;
  readonly client: KubeClient;
}

/** @throws with a sentence for people if the kubeconfig cannot be used. */
export async function openClusterAccess(kubeconfig: string): Promise<ClusterAccess> {
  const config = await kubeconfigConfig(kubeconfig, {
    readFile: (path) => readFile(path, 'utf8'),
    clock: systemClock,
  });
  const { headers, certificate } = await config.credentials.current();
  const [, token] = /^Bearer (.+)$/.exec(String(headers['authorization'] ?? '')) ?? [];
  const ca = await config.tls.loadCa?.();
  const transport = createTransport({ ...config, clock: systemClock, userAgent: 'keywright-demo' });
  return {
    connection: {
      server: config.server,
      ...(ca === undefined ? {} : { ca }),
      ...(token === undefined ? {} : { token }),
      ...(certificate === undefined ? {} : { clientCertificate: certificate.cert, clientKey: certificate.key }),
    },
    client: createKubeClient({ transport, clock: systemClock, random: Math.random }),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

/** What `kubectl get` would print for the list at this path: the table is the API server's own. */
export async function printedTable({ connection }: ClusterAccess, path: string): Promise<readonly string[]> {
  return tableLines((await callAs(connection, { path, accept: TABLE_TYPE })) as ServerTable);
}
