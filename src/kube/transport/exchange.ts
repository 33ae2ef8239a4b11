export type RequestVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'update-status' | 'patch' | 'delete';

/** One HTTP request to the API server, before authentication. */
export interface ApiRequest {
  readonly verb: RequestVerb;
  /** Group and plural name of the kind, for metrics. */
  readonly group: string;
  readonly resource: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, from request-path.ts. */
  readonly path: string;
  readonly accept: string;
  /** Present exactly with `body`. */
  readonly contentType?: string;
  readonly body?: string;
  /** Cap of the answer's body. A stream has none of its own; line-stream.ts caps its lines. */
  readonly maxBytes: number;
}

/** A complete answer, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  /** Header of that name, as it came. */
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}

/** A watch that was accepted with 200. The caller must close it, read to the end or not. */
export interface ApiStream {
  readonly status: 200;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Cuts the connection; a pending read rejects with ConnectionError `closed`. May be called twice. */
  close(): void;
}

/** How requests reach the API server: one attempt per call, refusals are answers and not errors. */
export interface Transport {
  /** @throws {ConnectionError} if no complete answer came; the signal's reason if it aborted. */
  exchange(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer>;
  /** Like `exchange` until the status is known. The signal matters only until then. */
  openStream(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer | ApiStream>;
  /** Lets running exchanges end, then closes their connections; cuts streams at once. Refuses later calls. */
  close(): Promise<void>;
}

/** What is reported of each HTTP exchange, retries included, and of each opening of a stream. */
export interface RequestObservation {
  readonly verb: RequestVerb;
  readonly group: string;
  readonly resource: string;
  /** The HTTP status, or a word: a ConnectionFault, or "aborted" by the caller. */
  readonly code: string;
  readonly durationMs: number;
}
