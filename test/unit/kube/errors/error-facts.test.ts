import { expect, test } from 'vitest';
import { errorFacts, stackFrames } from '../../../../src/kube/errors/error-facts.ts';

const SECRET = 'hunter2-very-secret';

test('errorFacts names class, code, reason and status and leaves the message out', () => {
  const error = Object.assign(new TypeError(SECRET), { code: 'ERR_INVALID', reason: 'Conflict', status: 409 });
  expect(errorFacts(error)).toEqual({ error: 'TypeError', code: 'ERR_INVALID', reason: 'Conflict', status: 409 });
});

test('errorFacts leaves out a code, reason or name that is no identifier', () => {
  const error = Object.assign(new Error('x'), { code: `parse "${SECRET}"`, reason: 7, status: '409' });
  error.name = `bad ${SECRET}`;
  expect(errorFacts(error)).toEqual({ error: 'Error' });
});

test('errorFacts names the cause too, and no cause behind it', () => {
  const refused = Object.assign(new RangeError(SECRET, { cause: new Error(SECRET) }), { status: 403 });
  const error = new Error('Not stored', { cause: refused });
  expect(errorFacts(error)).toEqual({ error: 'Error', cause: { error: 'RangeError', status: 403 } });
});

test.each([
  { thrown: SECRET, want: 'thrown string' },
  { thrown: undefined, want: 'thrown undefined' },
  { thrown: null, want: 'thrown null' },
  { thrown: { message: SECRET }, want: 'thrown object' },
])('errorFacts says "$want" for a value that is no Error', ({ thrown, want }) => {
  expect(errorFacts(thrown)).toEqual({ error: want });
});

test('stackFrames says where an error was thrown, without a line of its message', () => {
  const frames = stackFrames(new Error(`line one ${SECRET}\n    at ${SECRET}\nline three`));
  expect(frames).toContain('error-facts.test.ts');
  expect(frames).not.toContain(SECRET);
});

test('stackFrames copes with an empty message', () => {
  expect(stackFrames(new Error(''))).toContain('error-facts.test.ts');
});

test('stackFrames gives nothing when the lines before the frames are not the message', () => {
  const error = new Error('replaced');
  error.stack = `Error: ${SECRET}\n    at somewhere (file.ts:1:1)`;
  expect(stackFrames(error)).toBeUndefined();
  error.message = '';
  error.stack = `Error: line one\n${SECRET}\n    at somewhere (file.ts:1:1)`;
  expect(stackFrames(error)).toBeUndefined();
});

test('stackFrames gives nothing for a value that is no Error', () => {
  expect(stackFrames('text')).toBeUndefined();
});
