import { expect, test } from 'vitest';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import { InitialEventsUnsupportedError } from '../../../../src/kube/cache/initial-state.ts';
import { continuationAfter, refusesInitialEvents } from '../../../../src/kube/cache/watch-failure.ts';
import { OlderStateError } from '../../../../src/kube/cache/server-state.ts';
import { WatchStalledError } from '../../../../src/kube/cache/watch-stream.ts';

const answer = (status: number, reason = ''): ApiError => new ApiError({ status, reason, message: 'scripted' });
const cut = (code: ConnectionError['code']): ConnectionError => new ConnectionError(code, 'scripted');
const tooLarge = new ApiError({
  status: 504,
  reason: 'Timeout',
  message: 'scripted',
  causes: [{ reason: 'ResourceVersionTooLarge' }],
});

test.each([
  { name: 'connection refused', error: cut('refused'), want: 'resume' },
  { name: 'connection reset', error: cut('reset'), want: 'resume' },
  { name: 'a truncated stream', error: cut('aborted-stream'), want: 'resume' },
  { name: 'a malformed line', error: cut('malformed'), want: 'resume' },
  { name: 'silence', error: new WatchStalledError(''), want: 'resume' },
  { name: 'an error of unknown kind', error: new SyntaxError(''), want: 'resume' },
  { name: '401', error: answer(401, 'Unauthorized'), want: 'resume' },
  { name: '403', error: answer(403, 'Forbidden'), want: 'resume' },
  { name: '429', error: answer(429, 'TooManyRequests'), want: 'resume' },
  { name: '500', error: answer(500, 'InternalError'), want: 'resume' },
  { name: '503', error: answer(503), want: 'resume' },
  { name: '410 Gone', error: answer(410, 'Gone'), want: 'relist' },
  { name: 'an ERROR event Expired', error: answer(410, 'Expired'), want: 'relist' },
  { name: 'a version from the future', error: tooLarge, want: 'relist' },
  { name: 'an older state than it had', error: new OlderStateError(''), want: 'relist' },
  { name: 'a version it cannot read', error: answer(400, 'BadRequest'), want: 'relist' },
])('continuationAfter says $want after $name', ({ error, want }) => {
  expect(continuationAfter(error)).toBe(want);
});

test.each([
  { name: '400', error: answer(400, 'BadRequest'), want: true },
  { name: '404', error: answer(404), want: true },
  { name: '422', error: answer(422, 'Invalid'), want: true },
  { name: 'an ordinary bookmark', error: new InitialEventsUnsupportedError(''), want: true },
  { name: 'silence', error: new WatchStalledError(''), want: true },
  { name: '403', error: answer(403, 'Forbidden'), want: false },
  { name: '429', error: answer(429, 'TooManyRequests'), want: false },
  { name: '500', error: answer(500, 'InternalError'), want: false },
  { name: 'a cut', error: cut('reset'), want: false },
])('refusesInitialEvents says $want to $name', ({ error, want }) => {
  expect(refusesInitialEvents(error)).toBe(want);
});
