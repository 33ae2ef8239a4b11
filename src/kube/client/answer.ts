import { ApiError, ConnectionError, type StatusCause } from '../errors/api-error.ts';
import type { ApiAnswer } from '../transport/exchange.ts';
import { parseRetryAfterMs } from './retry-after.ts';

/** What an answer is about, for messages. */
export interface CallSubject {
  /** For example "get secrets default/token". */
  readonly action: string;
  /** True for Secrets: the server's words may quote data, for example the value that failed validation. */
  readonly isSensitive: boolean;
}

/** The JSON of a successful answer. @throws {ApiError} unless the status is 2xx; ConnectionError malformed. */
export function parsedAnswer(answer: ApiAnswer, subject: CallSubject, now: Date): Record<string, unknown> {
  if (answer.status < 200 || answer.status > 299) {
    const retryAfterMs = parseRetryAfterMs(answer.retryAfter, now);
    throw toApiError(parsedJson(answer.body), { subject, httpStatus: answer.status, retryAfterMs });
  }
  const body = parsedJson(answer.body);
  if (!isRecord(body)) {
    throw new ConnectionError('malformed', `Could not ${subject.action}: the answer is no JSON object`);
  }
  return body;
}

export interface RefusalContext {
  readonly subject: CallSubject;
  /** Absent for an event of a watch: then Status.code counts. */
  readonly httpStatus?: number;
  /** From the header; without it Status.details.retryAfterSeconds counts. */
  readonly retryAfterMs?: number | undefined;
}

/** Turns a Status, or whatever came in its place, into the error that tells about it. */
export function toApiError(body: unknown, { subject, httpStatus, retryAfterMs }: RefusalContext): ApiError {
  const isStatus = isRecord(body) && body['kind'] === 'Status' && body['apiVersion'] === 'v1';
  const status = isStatus ? body : {};
  const details = isRecord(status['details']) ? status['details'] : {};
  const code = httpStatus ?? (typeof status['code'] === 'number' ? status['code'] : 500);
  const reason = textOf(status['reason']);
  const text = subject.isSensitive ? '' : textOf(status['message']);
  const verdict = [String(code), reason].filter((part) => part !== '').join(' ');
  return new ApiError({
    status: code,
    reason,
    message: `Could not ${subject.action}: ${text === '' ? verdict : `${verdict}: ${text}`}`,
    retryAfterMs: retryAfterMs ?? secondsToMs(details['retryAfterSeconds']),
    causes: causesOf(details['causes'], subject),
    isQuotaExceeded: code === 403 && textOf(status['message']).includes('exceeded quota: '),
  });
}

function causesOf(causes: unknown, { isSensitive }: CallSubject): readonly StatusCause[] {
  if (!Array.isArray(causes)) return [];
  return causes.filter(isRecord).map(({ field, reason, message }) => ({
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof message === 'string' && !isSensitive ? { message } : {}),
  }));
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The SyntaxError quotes its input, which may be a Secret: it goes no further.
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function secondsToMs(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value * 1_000 : undefined;
}
