import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';

export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Pages by path. Every page answers GET and HEAD. */
export type Routes = ReadonlyMap<string, (query: URLSearchParams) => Page | Promise<Page>>;

export interface ListenerOptions {
  readonly routes: Routes;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Absent: every address, IPv6 and IPv4. */
  readonly address?: string | undefined;
  readonly clock: Clock;
}

/** Ample for probes and scrapes. Connections end soon, so that a stranger who opens many cannot keep probes out for long. */
const LIMITS = {
  headerBytes: 8_192,
  requestMs: 5_000,
  keepAliveMs: 5_000,
  connections: 512,
  checkEveryMs: 1_000,
} as const;
const TEXT = 'text/plain; charset=utf-8';

/**
 * A small read-only HTTP server: fixed pages, GET and HEAD, no request bodies. Anything else is answered 404, 405 or
 * 413, and limits on header size, time and connections hold for everybody.
 */
export class HttpListener {
  readonly #options: ListenerOptions;
  readonly #server: Server;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        maxHeaderSize: LIMITS.headerBytes,
        headersTimeout: LIMITS.requestMs,
        requestTimeout: LIMITS.requestMs,
        keepAliveTimeout: LIMITS.keepAliveMs,
        connectionsCheckingInterval: LIMITS.checkEveryMs,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = LIMITS.connections;
    // A connection that could not be accepted (no file descriptor left, for one) is the client's loss alone.
    this.#server.on('error', () => undefined);
  }

  /** Resolves with the port once requests are accepted; rejects with the system's error, EADDRINUSE for one. */
  async listen(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).listen({ port: this.#options.port, host: this.#options.address }, resolve);
    await promise;
    this.#server.off('error', reject);
    return (this.#server.address() as AddressInfo).port;
  }

  /** Accepts nothing more, lets running answers end within `graceMs`, then cuts them. */
  async close(graceMs: number): Promise<void> {
    if (!this.#server.listening) return;
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    const graceEnds = new AbortController();
    const grace = this.#options.clock.sleep(graceMs, graceEnds.signal).then(
      () => this.#server.closeAllConnections(),
      () => undefined,
    );
    await closed.promise;
    graceEnds.abort();
    await grace;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const page = await pageFor(this.#options.routes, request);
    // A body that was announced is not read, so its connection cannot serve another request.
    const isLast = hasBody(request) || !this.#server.listening;
    response.writeHead(page.status, {
      'content-type': page.contentType,
      'content-length': Buffer.byteLength(page.body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(page.status === 405 ? { allow: 'GET, HEAD' } : {}),
      ...(isLast ? { connection: 'close' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : page.body);
  }
}

async function pageFor(routes: Routes, request: IncomingMessage): Promise<Page> {
  const url = request.url ?? '/';
  const queryAt = url.indexOf('?');
  const route = routes.get(queryAt === -1 ? url : url.slice(0, queryAt));
  if (route === undefined) return plain(404, 'Not found\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Method not allowed\n');
  if (hasBody(request)) return plain(413, 'No body is accepted\n');
  try {
    return await route(new URLSearchParams(queryAt === -1 ? '' : url.slice(queryAt)));
  } catch {
    return plain(500, 'Internal error\n');
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** A page of plain text. */
export function plain(status: number, body: string): Page {
  return { status, contentType: TEXT, body };
}
