import type { Dispatcher } from 'undici';
import type { Clock } from '../../clock.ts';
import { abortable } from './abortable.ts';
import { ConnectionError } from '../errors/api-error.ts';
import { authenticated } from './authenticated.ts';
import { toConnectionError } from './connection-fault.ts';
import { Connections, type ConnectionTimeouts } from './connections.ts';
import type { TlsOptions } from './connector.ts';
import type { Credentials, Identity } from './credentials.ts';
import type { ApiAnswer, ApiRequest, ApiStream, RequestObservation, Transport } from './exchange.ts';
import { observed } from './observed.ts';
import type { ServerTime } from './server-clock.ts';

export interface TransportOptions {
  /** URL of the API server, http or https, with or without a path before "/api". */
  readonly server: string;
  readonly credentials: Credentials;
  readonly tls: TlsOptions;
  readonly clock: Clock;
  /** Connections that calls share. @default {16} */
  readonly poolSize?: number;
  /** Its part before "/" is the default field manager of writes. @default {"kube-client"} */
  readonly userAgent?: string;
  /** @default {10, 30 and 30 seconds} */
  readonly timeouts?: Partial<ConnectionTimeouts>;
  readonly onRequest?: (observation: RequestObservation) => void;
  /** Called for each connection that was opened: with https, once per TLS handshake. */
  readonly onConnect?: () => void;
  /** Told what time it is on the server by each answer of an API server that says so. */
  readonly onServerTime?: (time: ServerTime) => void;
}

type Response = Dispatcher.ResponseData;

const defaultTimeouts: ConnectionTimeouts = { connectMs: 10_000, headersMs: 30_000, bodyMs: 30_000 };

/** Sends over HTTP/1.1. Calls share a pool of connections; each stream has one of its own. */
export function createTransport(options: TransportOptions): Transport {
  const { credentials, tls, clock, poolSize = 16, userAgent = 'kube-client', onServerTime } = options;
  const { origin, pathname } = new URL(options.server);
  const prefix = pathname.replace(/\/+$/, '');
  const onRequest = options.onRequest ?? ((): void => {});
  const onConnect = options.onConnect ?? ((): void => {});
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const connections = new Connections({ origin, tls, poolSize, timeouts, onConnect });

  async function requested(
    dispatcher: Dispatcher,
    { method, path, body, accept, contentType }: ApiRequest,
    identity: Identity,
    signal: AbortSignal,
  ): Promise<Response> {
    const headers: Record<string, string | string[]> = { accept, 'user-agent': userAgent };
    if (contentType !== undefined) headers['content-type'] = contentType;
    for (const [name, value] of Object.entries(identity.headers)) {
      headers[name] = typeof value === 'string' ? value : [...value];
    }
    const sentMs = clock.monotonicMs();
    const request = dispatcher.request({ method, path: `${prefix}${path}`, headers, body: body ?? null, signal });
    // undici notices an abort of a request that waits for a free connection only when one is free.
    const response = await abortable(request, signal);
    tellTime(response.headers, sentMs);
    return response;
  }

  /** An API server gives each of its answers an audit id; one without is of something on the way, whose time may be any. */
  function tellTime({ date: header, 'audit-id': auditId }: Response['headers'], sentMs: number): void {
    if (typeof header !== 'string' || auditId === undefined) return;
    const date = new Date(header);
    if (!Number.isNaN(date.getTime())) onServerTime?.({ date, sentMs, receivedMs: clock.monotonicMs() });
  }

  async function send(request: ApiRequest, identity: Identity, signal: AbortSignal): Promise<ApiAnswer> {
    try {
      const response = await requested(connections.forCalls(identity.certificate), request, identity, signal);
      return await wholeAnswer(response, request.maxBytes);
    } catch (error) {
      signal.throwIfAborted();
      throw toConnectionError(error);
    }
  }

  async function open(request: ApiRequest, identity: Identity, signal: AbortSignal): Promise<ApiAnswer | ApiStream> {
    const client = connections.forStream(identity.certificate);
    const close = (): void => connections.destroyStream(client);
    try {
      const response = await requested(client, request, identity, signal);
      if (response.statusCode === 200) return { status: 200, chunks: chunksOf(response.body), close };
      const answer = await wholeAnswer(response, request.maxBytes);
      close();
      return answer;
    } catch (error) {
      close();
      signal.throwIfAborted();
      throw toConnectionError(error);
    }
  }

  return {
    exchange: authenticated(observed(send, clock, onRequest), credentials),
    openStream: authenticated(observed(open, clock, onRequest), credentials),
    close: () => connections.close(),
  };
}

async function wholeAnswer({ statusCode, headers, body }: Response, maxBytes: number): Promise<ApiAnswer> {
  const retryAfter = headers['retry-after'];
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by throwing closes the connection, so the rest of a body that is too large is never received.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new ConnectionError('too-large', `The API server's answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return {
    status: statusCode,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    body: Buffer.concat(chunks, bytes),
  };
}

async function* chunksOf(body: Response['body']): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw toConnectionError(error);
  }
}
