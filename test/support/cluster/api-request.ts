import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

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

/** Opening a connection costs five times what an exchange on it does. Idle ones hold no process back. */
const agent = new Agent({ keepAlive: true });

/** One exchange. Rejects when there is no answer; every status is an answer. */
export async function apiRequest(connection: ApiConnection, call: ApiRequest): Promise<ApiResponse> {
  const incoming = await send(connection, call, AbortSignal.timeout(call.timeoutMs ?? 10_000));
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return { status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}

/** Resolves with the server's answer, its body unread. */
function send(connection: ApiConnection, call: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { method = 'GET', path, body, contentType = 'application/json', accept } = call;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { server, ca, token, clientCertificate: cert, clientKey: key } = connection;
  const headers = {
    ...(accept === undefined ? {} : { accept }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': contentType }),
  };
  const outgoing = request(new URL(path, server), { method, agent, ca, cert, key, signal, headers }, resolve);
  outgoing.on('error', (error) => {
    // A connection that was kept may have ended meanwhile. What may have made an object is not asked for again.
    const isWorthAnother = outgoing.reusedSocket && !signal.aborted && method !== 'POST';
    if (isWorthAnother) resolve(send(connection, call, signal));
    else reject(error);
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
