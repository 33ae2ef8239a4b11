import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { SelfSigned } from './self-signed.ts';

/** A request as it was received, body included. */
export interface ScriptedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** 1 for the first connection that was opened. */
  readonly connection: number;
  /** Common name of the client's certificate, if it showed one. */
  readonly clientName?: string;
}

/** How one request is answered. It may leave the response open. */
export type Reply = (response: ServerResponse, request: ScriptedRequest) => void | Promise<void>;

/** Picks the reply to a request by its number, 0 for the first one. */
export type Script = (request: ScriptedRequest, index: number) => Reply;

export interface ScriptedServerOptions {
  /** Serves https. Clients are asked for a certificate, and any is accepted. */
  readonly serverCertificate?: SelfSigned;
}

/**
 * An HTTP server that does what a test tells it, for faults of the transport. It knows nothing of what the
 * Kubernetes API means; tests of that run against a real API server.
 */
export class ScriptedServer implements AsyncDisposable {
  /** Complete requests, in the order they came. */
  readonly requests: ScriptedRequest[] = [];
  readonly #server: Server;
  readonly #connections = new Map<Socket, number>();
  readonly #protocol: string;
  readonly #script: Script;
  #port = 0;

  private constructor(script: Script, { serverCertificate: tls }: ScriptedServerOptions) {
    this.#script = script;
    this.#protocol = tls === undefined ? 'http' : 'https';
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    this.#server =
      tls === undefined
        ? createHttpServer(answer)
        : createHttpsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, answer);
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#connections.set(socket, this.#connections.size + 1);
      socket.on('error', () => {});
    });
  }

  static async start(script: Script, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(script, options);
    await scripted.#listen(0);
    return scripted;
  }

  get url(): string {
    return `${this.#protocol}://127.0.0.1:${this.#port}`;
  }

  /** Connections opened so far; with https, those whose handshake succeeded. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return [...this.#connections.keys()].filter((socket) => !socket.destroyed).length;
  }

  /** Resolves once `count` requests have come in. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await pause(5);
  }

  /** Stops listening and cuts every connection: later ones are refused. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#connections.keys()) socket.destroy();
    await closed;
  }

  /** Listens again, at the same port, after `stop`. */
  restart(): Promise<void> {
    return this.#listen(this.#port);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The client left in the middle of its request.
    }
    const clientName = this.#clientName(request.socket);
    const received: ScriptedRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      connection: this.#connections.get(request.socket) ?? 0,
      ...(clientName === undefined ? {} : { clientName }),
    };
    const reply = this.#script(received, this.requests.push(received) - 1);
    await reply(response, received);
  }

  #clientName(socket: Socket): string | undefined {
    if (this.#protocol === 'http') return undefined;
    const name: unknown = (socket as TLSSocket).getPeerCertificate().subject?.CN;
    return typeof name === 'string' ? name : undefined;
  }
}

/** Plays the replies one after the other, and the last one for every request after it. */
export function inTurn(...replies: readonly [Reply, ...Reply[]]): Script {
  return (_request, index) => replies[Math.min(index, replies.length - 1)] as Reply;
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => void response.writeHead(status, headers).end(body);
}

/** The Status that an API server sends with a refusal. */
export function refusal(
  code: number,
  reason: string,
  more: { readonly message?: string; readonly details?: object; readonly headers?: Record<string, string> } = {},
): Reply {
  const { message = `scripted ${reason}`, details = {}, headers = {} } = more;
  return json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details }, headers);
}

/** Cuts the connection after the request was read. */
export function reset(): Reply {
  return (response) => void response.socket?.resetAndDestroy();
}

/** Never answers and keeps the connection: what a host looks like that vanished. */
export function silence(): Reply {
  return () => {};
}

/** Sends the start of an answer, then cuts the connection. */
export function cutAfter(start: string): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write(start, () => response.socket?.destroy());
  };
}

/** Sends the pieces as a chunked body, one by one; ends it unless `keepOpen`. */
export function pieces(parts: readonly (string | Uint8Array)[], options: { readonly keepOpen?: boolean } = {}): Reply {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const part of parts) {
      await new Promise<void>((resolve) => response.write(part, () => setImmediate(resolve)));
    }
    if (options.keepOpen !== true) response.end();
  };
}

/** A watch event as a line. */
export function eventLine(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}
