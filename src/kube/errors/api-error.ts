/** One fault inside a refused object, from Status.details.causes. */
export interface StatusCause {
  /** JSON path, for example "spec.environments[0].name". */
  readonly field?: string;
  /** For example FieldValueInvalid or NamespaceTerminating. */
  readonly reason?: string;
  /** Absent for Secrets: there it may quote the value that was refused. */
  readonly message?: string;
}

export interface ApiErrorFields {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  readonly causes?: readonly StatusCause[];
  readonly isQuotaExceeded?: boolean;
}

/**
 * The API server answered and refused. The message carries Status.message, except for Secrets, where that
 * text may quote data. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status, or Status.code for an ERROR event of a watch. */
  readonly status: number;
  /** Status.reason, for example Conflict. Empty if the answer was no Status, such as a proxy's page. */
  readonly reason: string;
  /** What the server asked callers to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly StatusCause[];
  /** A 403 of the quota plugin, which tells itself apart from missing rights by its text only. */
  readonly isQuotaExceeded: boolean;

  constructor({ status, reason, message, retryAfterMs, causes = [], isQuotaExceeded = false }: ApiErrorFields) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.causes = causes;
    this.isQuotaExceeded = isQuotaExceeded;
  }
}

/**
 * - timeout: no connection, no answer or no further byte in time
 * - refused, unreachable, dns, tls: no connection
 * - reset: the connection broke
 * - aborted-stream: a watch ended inside a line
 * - malformed, too-large: the answer is no JSON of the expected shape, or exceeds the size cap
 * - credentials: there is nothing to authenticate with; nothing was sent
 * - closed: the transport is shut down; nothing was sent
 * - held-off: the caller spares what did not answer lately; nothing was sent
 */
export type ConnectionFault =
  | 'timeout'
  | 'refused'
  | 'unreachable'
  | 'dns'
  | 'tls'
  | 'reset'
  | 'aborted-stream'
  | 'malformed'
  | 'too-large'
  | 'credentials'
  | 'closed'
  | 'held-off'
  | 'unknown';

/** No usable answer came, so a write may or may not have been applied. Never quotes what was sent or received. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionFault;

  constructor(code: ConnectionFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The object does not exist. A 404 without a Status does not count: it means that the path is unknown, because
 * a CRD is missing or a proxy answered, and says nothing about the object.
 */
export function isNotFound(error: unknown): boolean {
  return isApiError(error, 404, 'NotFound');
}

/** For `.catch` of a GET: an object that is not there is undefined. @throws what says anything else. */
export function undefinedIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}

/** The resourceVersion or uid that was sent is not the current one. */
export function isConflict(error: unknown): boolean {
  return isApiError(error, 409, 'Conflict');
}

export function isAlreadyExists(error: unknown): boolean {
  return isApiError(error, 409, 'AlreadyExists');
}

/** The resourceVersion or continue token is too old (reason Expired or Gone): list again. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired');
}

/** The answer exceeds the size cap of its call. Asked for less, the server may fit in. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof ConnectionError && error.code === 'too-large';
}

export function isForbidden(error: unknown): boolean {
  return isApiError(error, 403, 'Forbidden');
}

/** 401: the server does not know who asks. 403: who asks may not. */
export type Refusal = 401 | 403;

/** Which of the two refused a call; undefined for every other failure. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return error.status === 401 || error.status === 403 ? error.status : undefined;
}

/** A create was refused because its namespace is being deleted. Also counts as forbidden. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    isForbidden(error) &&
    error.causes.some((cause) => cause.reason === 'NamespaceTerminating')
  );
}

function isApiError(error: unknown, status: number, reason: string): boolean {
  return error instanceof ApiError && error.status === status && error.reason === reason;
}
