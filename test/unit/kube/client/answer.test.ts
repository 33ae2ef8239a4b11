import { expect, test } from 'vitest';
import { type CallSubject, parsedAnswer, toApiError } from '../../../../src/kube/client/answer.ts';
import {
  type ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isNamespaceTerminating,
  isNotFound,
} from '../../../../src/kube/errors/api-error.ts';

const now = new Date('2027-01-01T00:00:00Z');
const lease: CallSubject = { action: 'get leases default/leader', isSensitive: false };
const secret: CallSubject = { action: 'update secrets default/token', isSensitive: true };

function thrownBy(
  status: number,
  body: string,
  { subject = lease, retryAfter = undefined as string | undefined } = {},
): ApiError {
  try {
    parsedAnswer({ status, retryAfter, body: Buffer.from(body) }, subject, now);
  } catch (error) {
    return error as ApiError;
  }
  throw new Error('Nothing was thrown');
}

function status(code: number, reason: string, details: object = {}, message = 'words of the server'): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details });
}

test('parsedAnswer returns the body of a 2xx answer', () => {
  expect(parsedAnswer({ status: 201, retryAfter: undefined, body: Buffer.from('{"a":1}') }, lease, now)).toEqual({
    a: 1,
  });
});

test('parsedAnswer tells what was refused, and why, in the words of the Status', () => {
  expect(thrownBy(404, status(404, 'NotFound'))).toMatchObject({
    status: 404,
    reason: 'NotFound',
    message: 'Could not get leases default/leader: 404 NotFound: words of the server',
    causes: [],
    retryAfterMs: undefined,
  });
});

const invalid = {
  causes: [{ reason: 'FieldValueInvalid', field: 'data[token]', message: 'Invalid value: "hunter2"' }],
};
test('parsedAnswer keeps the words about a Secret out of the error and names reason and field', () => {
  const error = thrownBy(422, status(422, 'Invalid', invalid, 'data[token]: Invalid value: "hunter2"'), {
    subject: secret,
  });
  expect(error.message).toBe('Could not update secrets default/token: 422 Invalid');
  expect(error.causes).toEqual([{ reason: 'FieldValueInvalid', field: 'data[token]' }]);
  expect(`${String(error.stack)} ${JSON.stringify(error)}`).not.toContain('hunter2');
});
test('parsedAnswer keeps the message of each cause for other kinds', () => {
  expect(thrownBy(422, status(422, 'Invalid', invalid)).causes).toEqual(invalid.causes);
});

const noStatus = [
  '<html>hunter2</html>',
  '',
  '"hunter2"',
  '[{"message":"hunter2"}]',
  '{"message":"hunter2","reason":"NotFound"}',
];
test.each(noStatus)('parsedAnswer quotes nothing of the refusal %j, which is no Status', (body) => {
  const error = thrownBy(404, body);
  expect(error).toMatchObject({ name: 'ApiError', status: 404, reason: '' });
  expect(error.message).toBe('Could not get leases default/leader: 404');
});

test.each(['{"a":', '[]', 'null', 'hunter2'])('parsedAnswer rejects the 200 answer %j as malformed', (body) => {
  const error: unknown = thrownBy(200, body);
  expect(error).toMatchObject({ name: 'ConnectionError', code: 'malformed' });
  expect((error as Error).message).not.toContain('hunter2');
});

const waits: readonly { name: string; retryAfter?: string; details?: object; want: number | undefined }[] = [
  { name: 'seconds in the header', retryAfter: '7', want: 7_000 },
  { name: 'a date in the header', retryAfter: 'Fri, 01 Jan 2027 00:00:30 GMT', want: 30_000 },
  { name: 'a date that has passed', retryAfter: 'Thu, 31 Dec 2026 00:00:00 GMT', want: 0 },
  { name: 'a header that is neither', retryAfter: 'soon', want: undefined },
  { name: 'a negative number', retryAfter: '-5', want: undefined },
  { name: 'details only', details: { retryAfterSeconds: 3 }, want: 3_000 },
  { name: 'header over details', retryAfter: '7', details: { retryAfterSeconds: 3 }, want: 7_000 },
];
test.each(waits)('parsedAnswer reads the wait asked for: $name', ({ retryAfter, details, want }) => {
  const error = thrownBy(429, status(429, 'TooManyRequests', details), { retryAfter });
  expect(error.retryAfterMs).toBe(want);
});

test('toApiError takes the code of the Status where there is no HTTP status', () => {
  const event = { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old' };
  expect(toApiError(event, { subject: lease })).toMatchObject({ status: 410, reason: 'Expired' });
});
test('toApiError believes the HTTP status over the code of the Status', () => {
  const body: unknown = JSON.parse(status(404, 'NotFound'));
  expect(isNotFound(toApiError(body, { subject: lease, httpStatus: 502 }))).toBe(false);
});

const terminating = { causes: [{ reason: 'NamespaceTerminating', message: 'x', field: 'metadata.namespace' }] };
const predicates: readonly { is: (error: unknown) => boolean; code: number; reason: string; details?: object }[] = [
  { is: isNotFound, code: 404, reason: 'NotFound' },
  { is: isConflict, code: 409, reason: 'Conflict' },
  { is: isAlreadyExists, code: 409, reason: 'AlreadyExists' },
  { is: isGone, code: 410, reason: 'Expired' },
  { is: isGone, code: 410, reason: 'Gone' },
  { is: isForbidden, code: 403, reason: 'Forbidden' },
  { is: isNamespaceTerminating, code: 403, reason: 'Forbidden', details: terminating },
];
test.each(predicates)('$is.name accepts $code $reason and few others', ({ is, code, reason, details }) => {
  expect(is(thrownBy(code, status(code, reason, details)))).toBe(true);
  expect(is(thrownBy(503, status(503, 'ServiceUnavailable')))).toBe(false);
  expect(is(new Error(reason))).toBe(false);
});
test('isNotFound refuses a 404 page that says nothing about the object', () => {
  expect(isNotFound(thrownBy(404, '404 page not found'))).toBe(false);
});
test('isNamespaceTerminating refuses a lack of permission', () => {
  expect(isNamespaceTerminating(thrownBy(403, status(403, 'Forbidden')))).toBe(false);
});
