import { createSecureContext } from 'node:tls';

import { buildConnector } from 'undici';

/** How the server proves who it is. */
export interface TlsOptions {
  /**
   * PEM bundle of the authorities that may vouch for the server, asked for at each handshake, so that a rotated
   * bundle is picked up. Absent: the authorities that Node trusts.
   */
  readonly loadCa?: () => Promise<string>;
  /** True accepts any certificate. For development only. */
  readonly insecureSkipTlsVerify?: boolean;
  /** Name to look for in the certificate, instead of the URL's host. */
  readonly serverName?: string;
}

/** PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface ConnectorOptions {
  readonly tls: TlsOptions;
  readonly certificate: ClientCertificate | undefined;
  readonly connectTimeoutMs: number;
  readonly onConnect: () => void;
}

/** Below the 60 s after which common load balancers forget an idle connection. */
const TCP_KEEP_ALIVE_MS = 30_000;

/** Opens connections for undici. `onConnect` is called for each that succeeded, its TLS handshake included. */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  // A connector remembers TLS sessions, so it is replaced only when it has to be.
  let last: { readonly ca: string | undefined; readonly connect: buildConnector.connector } | undefined;
  const connectorWith = (ca: string | undefined): buildConnector.connector => {
    if (last?.ca !== ca || last === undefined) last = { ca, connect: connectorFor(options, ca) };
    return last.connect;
  };

  return (target, callback) => {
    const open = async (): Promise<void> => {
      const ca = target.protocol === 'https:' ? await options.tls.loadCa?.() : undefined;
      connectorWith(ca)(withServerName(target, options.tls.serverName), (...result) => {
        if (result[0] === null) options.onConnect();
        callback(...result);
      });
    };
    // Also catches what Node throws at once for a bundle or certificate that is no PEM.
    open().catch((error: unknown) => callback(error as Error, null));
  };
}

function connectorFor(
  { tls, certificate, connectTimeoutMs }: ConnectorOptions,
  ca: string | undefined,
): buildConnector.connector {
  return buildConnector({
    // HTTP/2 halves the throughput of small calls, and a shared connection couples watches to calls.
    allowH2: false,
    timeout: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    rejectUnauthorized: tls.insecureSkipTlsVerify !== true,
    // Shared by all connections: each would read the bundle again and keep a copy of its own.
    secureContext: createSecureContext({ ...(ca !== undefined && { ca }), ...certificate }),
  });
}

function withServerName(target: buildConnector.Options, servername: string | undefined): buildConnector.Options {
  return servername === undefined ? target : { ...target, servername };
}
