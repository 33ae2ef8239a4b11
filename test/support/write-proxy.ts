import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A request as it reached the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly isWatch: boolean;
  readonly isWrite: boolean;
  /** 1 for the first counted write since the last `recount`; undefined for anything else. */
  readonly writeNumber: number | undefined;
}

/**
 * What becomes of one request.
 * - drop: the connection is cut and the server never sees it.
 * - loseAnswer: the server does it; instead of its answer the connection is cut, after `afterwards` if that is given.
 * - hold: it waits for `until`, then it is forwarded; `onAnswered` is told when the server has done it.
 * - refuse: the proxy itself answers, as an API server that did nothing would; with `quoting`, its message repeats
 *   the whole request, as admission plugins may.
 */
export type Fate =
  | { readonly kind: 'forward' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'loseAnswer'; readonly afterwards?: () => Promise<void> }
  | { readonly kind: 'hold'; readonly until: Promise<unknown>; readonly onAnswered?: () => void }
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly quoting?: boolean;
    };

interface Upstream {
  /** http or https. */
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
}

interface OpenWatch {
  readonly response: ServerResponse;
  readonly upstream: IncomingMessage;
}

/** A server that was slower to close an idle connection than its clients is what they are written for. */
const KEEP_ALIVE_MS = 120_000;
const FORWARD: Fate = { kind: 'forward' };

/** Questions about rights, which store nothing. */
const REVIEW = /^\/apis\/authorization\.k8s\.io\//;
const UNCOUNTED = /^\/apis\/events\.k8s\.io\/|\/keyprojects\/[^/]+\/status|\/configmaps(\/|$)/;

/**
 * An HTTP proxy between an operator and its API server that understands requests, so that a test can let the k-th
 * write fail in a way of its choice. Speaks plain HTTP on loopback; the bearer token passes through.
 *
 * Counted are the writes whose order and number are fixed: not leases, events, status of projects and
 * the ConfigMap of the import key, which depend on time.
 */
export class WriteProxy implements AsyncDisposable {
  /** "<method> <path>" of each counted write since the last `recount`, whatever became of it. */
  readonly writes: string[] = [];
  /** "<method> <path>" of each write that is not counted, but for leases. */
  readonly uncountedWrites: string[] = [];
  readonly #upstream: Upstream;
  readonly #agent: Agent | undefined;
  readonly #server: Server;
  readonly #watches = new Set<OpenWatch>();
  #fateOf: (request: ProxiedRequest) => Fate = () => FORWARD;

  private constructor(upstream: Upstream) {
    this.#upstream = upstream;
    this.#agent = upstream.server.startsWith('https:') ? new Agent({ keepAlive: true, ca: upstream.ca }) : undefined;
    this.#server = createServer((request, response) => {
      // What a test did to a connection on purpose ends here.
      this.#accept(request, response).catch(() => cut(response));
    });
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  /** Listens on a free loopback port. */
  static async start(upstream: Upstream): Promise<WriteProxy> {
    const proxy = new WriteProxy(upstream);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Watches that are open now. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Asks `fateOf` about every request from now on. */
  treat(fateOf: (request: ProxiedRequest) => Fate): void {
    this.#fateOf = fateOf;
  }

  /** Forwards everything from now on. */
  behave(): void {
    this.treat(() => FORWARD);
  }

  /** The next counted write is number 1 again. */
  recount(): void {
    this.writes.length = 0;
    this.uncountedWrites.length = 0;
  }

  /** Breaks every open watch. */
  cutWatches(): void {
    for (const { response } of this.#watches) cut(response);
  }

  /** Open watches receive nothing any more, bookmarks included, and stay open. New ones are not touched. */
  stallWatches(): void {
    for (const { response, upstream } of this.#watches) {
      upstream.unpipe(response);
      upstream.resume();
    }
  }

  /** Puts a line of a test's own into every open watch; with `end`, and ends them. */
  sendToWatches(line: string, { end = false }: { readonly end?: boolean } = {}): void {
    for (const { response, upstream } of this.#watches) {
      response.write(`${line}\n`);
      if (!end) continue;
      upstream.unpipe(response);
      response.end();
    }
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#agent?.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const fate = this.#fateOf(this.#note(incoming));
    switch (fate.kind) {
      case 'forward':
        return this.#pass(await this.#send(incoming, body), incoming, response);
      case 'hold': {
        await fate.until;
        const answer = await this.#send(incoming, body);
        fate.onAnswered?.();
        return this.#pass(answer, incoming, response);
      }
      case 'drop':
        return cut(response);
      case 'refuse':
        return refuse(response, fate, body);
      case 'loseAnswer': {
        const answer = await this.#send(incoming, body);
        for await (const _chunk of answer) continue;
        await fate.afterwards?.();
        return cut(response);
      }
    }
  }

  #note(incoming: IncomingMessage): ProxiedRequest {
    const { method = 'GET', url: path = '/' } = incoming;
    const isWrite = method !== 'GET' && !REVIEW.test(path);
    const isWatch = /[?&]watch=(?:true|1)/.test(path);
    const isLease = path.startsWith('/apis/coordination.k8s.io/');
    const isCounted = isWrite && !isLease && !UNCOUNTED.test(path);
    if (isCounted) this.writes.push(`${method} ${path}`);
    else if (isWrite && !isLease) this.uncountedWrites.push(`${method} ${path}`);
    return { method, path, isWatch, isWrite, writeNumber: isCounted ? this.writes.length : undefined };
  }

  /** Resolves with the server's answer, its body unread. */
  #send({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const send = this.#agent === undefined ? httpRequest : httpsRequest;
    const { connection: _hopByHop, ...passed } = headers;
    const target = new URL(url ?? '/', this.#upstream.server);
    const outgoing = send(target, { method, headers: { ...passed, host: target.host }, agent: this.#agent }, resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  }

  #pass(answer: IncomingMessage, incoming: IncomingMessage, response: ServerResponse): void {
    const { connection: _hopByHop, ...headers } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, headers);
    response.flushHeaders();
    const watch: OpenWatch = { response, upstream: answer };
    if (/[?&]watch=(?:true|1)/.test(incoming.url ?? '')) this.#watches.add(watch);
    response.on('close', () => {
      this.#watches.delete(watch);
      answer.destroy();
    });
    answer.on('error', () => cut(response));
    answer.on('aborted', () => cut(response));
    answer.pipe(response);
  }
}

/** The k-th counted write meets `fate`; everything else passes. */
export function atWrite(number: number, fate: Fate): (request: ProxiedRequest) => Fate {
  return ({ writeNumber }) => (writeNumber === number ? fate : FORWARD);
}

/** Every write takes this long. */
export function slowWrites(ms: number): (request: ProxiedRequest) => Fate {
  return ({ isWrite }) => (isWrite ? { kind: 'hold', until: pause(ms) } : FORWARD);
}

/** An RST, as from a host that has forgotten the connection. */
function cut(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

const REASONS: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
};

function refuse(
  response: ServerResponse,
  { status, retryAfterSeconds, quoting = false }: Extract<Fate, { kind: 'refuse' }>,
  body: Buffer,
): void {
  const reason = REASONS[status] ?? 'InternalError';
  const message = quoting ? `cannot accept ${body.toString()}` : 'refused by the test';
  const causes = quoting ? [{ reason: 'FieldValueInvalid', field: 'data', message }] : [];
  const refusal = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: status,
    reason,
    message,
    details: { causes },
  };
  const retryAfter = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  response.writeHead(status, { 'content-type': 'application/json', ...retryAfter }).end(JSON.stringify(refusal));
}
