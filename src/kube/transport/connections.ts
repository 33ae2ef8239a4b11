import { Client, Pool } from 'undici';
import { ConnectionError } from '../errors/api-error.ts';
import { type ClientCertificate, createConnector, type TlsOptions } from './connector.ts';

export interface ConnectionsOptions {
  /** "https://host:port". */
  readonly origin: string;
  readonly tls: TlsOptions;
  readonly poolSize: number;
  readonly timeouts: ConnectionTimeouts;
  readonly onConnect: () => void;
}

export interface ConnectionTimeouts {
  readonly connectMs: number;
  /** From the request until the headers of the answer. */
  readonly headersMs: number;
  /** Between two chunks of a body. Does not hold for streams: a quiet watch is healthy. */
  readonly bodyMs: number;
}

/** The API server closes idle connections after 90 s; a request must not meet that. */
const IDLE_CONNECTION_MS = 50_000;

/**
 * The connections to one API server: a pool for calls, and one of its own for each stream, which would otherwise
 * block a call. The server knows a client by the certificate of its connection, so a new one means a new pool.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #streams = new Set<Client>();
  readonly #draining = new Set<Promise<void>>();
  #pool: { readonly certificate: ClientCertificate | undefined; readonly pool: Pool } | undefined;
  #closed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** The pool to send calls through. @throws {ConnectionError} closed */
  forCalls(certificate: ClientCertificate | undefined): Pool {
    this.#assertOpen();
    if (this.#pool !== undefined && isSameCertificate(this.#pool.certificate, certificate)) return this.#pool.pool;

    this.#drainPool();
    const pool = new Pool(this.#options.origin, {
      ...this.#clientOptions(certificate),
      connections: this.#options.poolSize,
      bodyTimeout: this.#options.timeouts.bodyMs,
    });
    this.#pool = { certificate, pool };
    return pool;
  }

  /** A client for one stream; the caller ends it with `destroy`. @throws {ConnectionError} closed */
  forStream(certificate: ClientCertificate | undefined): Client {
    this.#assertOpen();
    const client = new Client(this.#options.origin, { ...this.#clientOptions(certificate), bodyTimeout: 0 });
    this.#streams.add(client);
    return client;
  }

  destroyStream(client: Client): void {
    if (!this.#streams.delete(client)) return;
    void client.destroy();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const client of this.#streams) this.destroyStream(client);
    this.#drainPool();
    await Promise.all(this.#draining);
  }

  #drainPool(): void {
    if (this.#pool === undefined) return;
    const drained = this.#pool.pool.close();
    this.#pool = undefined;
    this.#draining.add(drained);
    void drained.finally(() => this.#draining.delete(drained));
  }

  #clientOptions(certificate: ClientCertificate | undefined): Client.Options {
    const { tls, timeouts, onConnect } = this.#options;
    return {
      connect: createConnector({ tls, certificate, connectTimeoutMs: timeouts.connectMs, onConnect }),
      allowH2: false,
      headersTimeout: timeouts.headersMs,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      keepAliveMaxTimeout: IDLE_CONNECTION_MS,
    };
  }

  #assertOpen(): void {
    if (this.#closed) throw new ConnectionError('closed', 'The connections to the API server are closed');
  }
}

function isSameCertificate(one: ClientCertificate | undefined, other: ClientCertificate | undefined): boolean {
  return one?.cert === other?.cert && one?.key === other?.key;
}
