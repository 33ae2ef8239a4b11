import { request } from 'node:https';

/** How to reach an API server as one user, without any of the code under test. */
export interface ApiConnection {
  /** https://host:port */
  readonly server: string;
  /** PEM. Absent: the certificate authorities Node knows. */
  readonly ca?: string;
  readonly token?: string;
  /** PEM; both or neither. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** User or ServiceAccount to act as, for example "system:serviceaccount:team:argocd"; whoever connects must be allowed to. */
  readonly impersonate?: string;
}

export interface ApiRequest {
  /** @default {'GET'} */
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  /** @default {'application/json'} */
  readonly contentType?: string;
  /** @default {'application/json'} */
  readonly accept?: string;
  /** @default {10000} */
  readonly timeoutMs?: number;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

/** One exchange on a connection of its own. Rejects when there is no answer; every status is an answer. */
export function apiRequest(connection: ApiConnection, call: ApiRequest): Promise<ApiResponse> {
  const { method = 'GET', path, body, contentType = 'application/json', timeoutMs = 10_000 } = call;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, connection.server),
      {
        method,
        agent: false,
        ca: connection.ca,
        cert: connection.clientCertificate,
        key: connection.clientKey,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...(call.accept === undefined ? {} : { accept: call.accept }),
          ...(connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` }),
          ...(connection.impersonate === undefined ? {} : { 'impersonate-user': connection.impersonate }),
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/**
 * What one call is answered.
 *
 * @throws unless the answer is a success; the error quotes the answer, which may quote what was sent.
 */
export async function callAs(connection: ApiConnection, call: ApiRequest): Promise<unknown> {
  const { status, body } = await apiRequest(connection, call);
  if (status >= 300) throw new Error(`${call.method ?? 'GET'} ${call.path} was answered ${status}: ${body}`);
  return JSON.parse(body);
}
