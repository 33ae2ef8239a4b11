import { KeywrightError, type ErrorCode } from '../../errors.ts';
import { ApiError, ConnectionError } from '../../kube/errors/api-error.ts';
import { NotLeadingError } from '../../kube/errors/not-leading-error.ts';

/** What passes by itself at once, and what status tells of in its own words. */
const NOT_TOLD: ReadonlySet<ErrorCode> = new Set([
  'KW_OBJECT_CHANGED',
  'KW_DELIVERY_INCOMPLETE',
  'KW_IMPORT_UNCHECKED',
]);

/** Knows which failed passes people have to be told of in status, and in which words of the catalogue. */
export class Failures {
  readonly #failing = new Set<string>();

  /**
   * What status should tell of a failed pass over `key`; undefined for nothing. What only an edit can mend is told
   * at once. What a retry may mend is told from the second failure in a row on, so that an API server that
   * stumbles costs no status writes.
   */
  toTell(key: string, error: unknown): KeywrightError | undefined {
    const failure = failureOf(error);
    if (failure === undefined || failure.retry === 'terminal') return failure;
    const isRepeated = this.#failing.has(key);
    this.#failing.add(key);
    return isRepeated ? failure : undefined;
  }

  succeeded(key: string): void {
    this.#failing.delete(key);
  }
}

/** Pure: any error in words that a status may carry. Text of unknown origin stays behind, as the cause. */
function failureOf(error: unknown): KeywrightError | undefined {
  if (isOurs(error)) return NOT_TOLD.has(error.code) ? undefined : error;
  if (error instanceof NotLeadingError) return undefined;
  const options = { cause: error };
  if (error instanceof ConnectionError) return new KeywrightError('KW_SERVER_UNAVAILABLE', {}, options);
  if (!(error instanceof ApiError)) return new KeywrightError('KW_UNEXPECTED', {}, options);
  const { status } = error;
  return status >= 500 || status === 429
    ? new KeywrightError('KW_SERVER_UNAVAILABLE', {}, options)
    : new KeywrightError('KW_REQUEST_REFUSED', { status }, options);
}

function isOurs(error: unknown): error is KeywrightError {
  return error instanceof KeywrightError;
}
