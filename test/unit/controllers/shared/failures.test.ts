import { describe, expect, test } from 'vitest';
import { Failures } from '../../../../src/controllers/shared/failures.ts';
import { KeywrightError } from '../../../../src/errors.ts';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import { NotLeadingError } from '../../../../src/kube/errors/not-leading-error.ts';

const KEY = 'payments/payments-config/checkout';
const SECRET = 'hunter2-very-secret';
const answer = (status: number): ApiError => new ApiError({ status, reason: 'Some', message: SECRET });

/** What is told of a failure that came twice in a row. */
function toldOf(error: unknown): KeywrightError | undefined {
  const failures = new Failures();
  failures.toTell(KEY, error);
  return failures.toTell(KEY, error);
}

describe('Failures.toTell', () => {
  const tooLarge = new KeywrightError('KW_RECORD_TOO_LARGE', { limitBytes: 1024 });
  const unavailable = new ConnectionError('timeout', SECRET);

  test('tells at once of what only an edit can mend', () => {
    expect(new Failures().toTell(KEY, tooLarge)).toBe(tooLarge);
  });

  test('tells of what a retry may mend from the second failure in a row on', () => {
    const failures = new Failures();
    expect(failures.toTell(KEY, unavailable)).toBeUndefined();
    expect(failures.toTell(KEY, answer(500))).toMatchObject({ code: 'KW_SERVER_UNAVAILABLE' });
    expect(failures.toTell(KEY, unavailable)).toMatchObject({ code: 'KW_SERVER_UNAVAILABLE' });
  });

  test('counts afresh after a success, and each key by itself', () => {
    const failures = new Failures();
    failures.toTell(KEY, unavailable);
    expect(failures.toTell('another', unavailable)).toBeUndefined();
    failures.succeeded(KEY);
    expect(failures.toTell(KEY, unavailable)).toBeUndefined();
  });

  test.each<{ error: unknown; code: string; reason: string }>([
    { error: unavailable, code: 'KW_SERVER_UNAVAILABLE', reason: 'InternalError' },
    { error: answer(503), code: 'KW_SERVER_UNAVAILABLE', reason: 'InternalError' },
    { error: answer(429), code: 'KW_SERVER_UNAVAILABLE', reason: 'InternalError' },
    { error: answer(403), code: 'KW_REQUEST_REFUSED', reason: 'Forbidden' },
    { error: answer(422), code: 'KW_REQUEST_REFUSED', reason: 'Forbidden' },
    { error: new TypeError(SECRET), code: 'KW_UNEXPECTED', reason: 'InternalError' },
    { error: SECRET, code: 'KW_UNEXPECTED', reason: 'InternalError' },
    { error: null, code: 'KW_UNEXPECTED', reason: 'InternalError' },
  ])('calls $error.name $error.status $error.code $code, without a word of the error itself', (row) => {
    const failure = toldOf(row.error);
    expect(failure).toMatchObject({ code: row.code, reason: row.reason });
    expect(failure?.message).not.toContain(SECRET);
  });

  test.each<{ name: string; error: unknown }>([
    { name: 'a write that lost a race', error: new KeywrightError('KW_OBJECT_CHANGED', { kind: 'ApiKey' }) },
    { name: 'namespaces that status names anyway', error: new KeywrightError('KW_DELIVERY_INCOMPLETE', { places: 1 }) },
    { name: 'a lost lease', error: new NotLeadingError() },
  ])('tells nothing of $name', ({ error }) => {
    expect(toldOf(error)).toBeUndefined();
  });
});
