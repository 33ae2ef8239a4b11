import { expect, test } from 'vitest';
import { ApiError, ConnectionError, type ConnectionFault } from '../../../../src/kube/errors/api-error.ts';
import { withDeadline } from '../../../../src/kube/transport/deadline.ts';
import { type Attempt, retryAttempts } from '../../../../src/kube/client/retry-attempts.ts';
import { retryReads } from '../../../../src/kube/client/retry-reads.ts';
import { retryRefused } from '../../../../src/kube/client/retry-refused.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const refusal = (status: number, retryAfterMs?: number): ApiError =>
  new ApiError({ status, reason: 'Scripted', message: 'scripted', retryAfterMs });
const fault = (code: ConnectionFault): ConnectionError => new ConnectionError(code, 'scripted');

/** Fails with `error` as often as it is told, then succeeds. */
function failing(
  error: unknown,
  times: number,
): { attempt: Attempt<string>; readonly atMs: number[]; clock: FakeClock } {
  const clock = new FakeClock();
  const atMs: number[] = [];
  const attempt = async (): Promise<string> => {
    if (atMs.push(clock.monotonicMs()) <= times) throw error;
    return 'done';
  };
  return { attempt, atMs, clock };
}

const never = new AbortController().signal;

test('retryAttempts doubles the upper bound of its waits', async () => {
  const { attempt, atMs, clock } = failing(fault('reset'), 7);
  const done = retryAttempts(attempt, () => true, { clock, random: () => 0.5, deadlineAtMs: 60_000 })(never);
  await clock.advance(60_000);
  expect(await done).toBe('done');
  expect(atMs).toEqual([0, 100, 300, 700, 1_500, 3_100, 5_600, 8_100]);
});

test('retryAttempts waits as long as the server asked, plus jitter', async () => {
  const { attempt, atMs, clock } = failing(refusal(429, 4_000), 1);
  const done = retryAttempts(attempt, () => true, { clock, random: () => 0.5, deadlineAtMs: 60_000 })(never);
  await clock.advance(10_000);
  expect(await done).toBe('done');
  expect(atMs).toEqual([0, 4_100]);
});

test('retryAttempts throws the last error at once when the next wait would pass the deadline', async () => {
  const error = refusal(429, 20_000);
  const { attempt, atMs, clock } = failing(error, 1);
  const done = retryAttempts(attempt, () => true, { clock, random: () => 0, deadlineAtMs: 15_000 })(never);
  await expect(done).rejects.toBe(error);
  expect(atMs).toEqual([0]);
  expect(clock.sleeping).toBe(0);
});

test('retryAttempts ends its wait with the reason of the signal', async () => {
  const { attempt, clock } = failing(fault('reset'), 1);
  const abort = new AbortController();
  const done = retryAttempts(attempt, () => true, { clock, random: () => 0.5, deadlineAtMs: 15_000 })(abort.signal);
  const outcome = expect(done).rejects.toThrow('shutting down');
  await clock.advance(10);
  abort.abort(new Error('shutting down'));
  await outcome;
  expect(clock.sleeping).toBe(0);
});

type Wrapper = typeof retryReads;
interface Row {
  readonly wrapper: Wrapper;
  readonly name: string;
  readonly error: unknown;
  readonly retried: boolean;
}
const rows: readonly Row[] = [
  ...(['timeout', 'refused', 'unreachable', 'dns', 'tls', 'reset', 'credentials', 'unknown'] as const).map((code) => ({
    wrapper: retryReads,
    name: code,
    error: fault(code),
    retried: true,
  })),
  ...(['malformed', 'too-large', 'closed'] as const).map((code) => ({
    wrapper: retryReads,
    name: code,
    error: fault(code),
    retried: false,
  })),
  ...[500, 502, 503, 504].map((code) => ({
    wrapper: retryReads,
    name: String(code),
    error: refusal(code),
    retried: true,
  })),
  ...[400, 403, 404, 409, 410, 422, 501].map((code) => ({
    wrapper: retryReads,
    name: String(code),
    error: refusal(code),
    retried: false,
  })),
  { wrapper: retryRefused, name: '429', error: refusal(429), retried: true },
  { wrapper: retryRefused, name: '503 with Retry-After', error: refusal(503, 1_000), retried: true },
  { wrapper: retryRefused, name: '503 without Retry-After', error: refusal(503), retried: false },
  { wrapper: retryRefused, name: '504 with Retry-After', error: refusal(504, 1_000), retried: false },
  { wrapper: retryRefused, name: '500 with Retry-After', error: refusal(500, 1_000), retried: false },
  { wrapper: retryRefused, name: '409', error: refusal(409), retried: false },
  { wrapper: retryRefused, name: 'reset', error: fault('reset'), retried: false },
  { wrapper: retryRefused, name: 'timeout', error: fault('timeout'), retried: false },
  { wrapper: retryRefused, name: 'a fault of our own', error: new TypeError('x'), retried: false },
];
test.each(rows)('$wrapper.name answers $name: retried is $retried', async ({ wrapper, error, retried }) => {
  const { attempt, atMs, clock } = failing(error, 1);
  const done = wrapper(attempt, { clock, random: () => 0.5, deadlineAtMs: 15_000 })(never);
  const outcome = retried ? expect(done).resolves.toBe('done') : expect(done).rejects.toBe(error);
  await clock.advance(15_000);
  await outcome;
  expect(atMs).toHaveLength(retried ? 2 : 1);
});

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

test('withDeadline aborts with ConnectionError timeout when the time is over', async () => {
  const clock = new FakeClock();
  const outcome = expect(
    withDeadline({ clock, deadlineMs: 5_000, signal: undefined }, untilAborted),
  ).rejects.toMatchObject({ name: 'ConnectionError', code: 'timeout' });
  await clock.advance(4_999);
  expect(clock.sleeping).toBe(1);
  await clock.advance(1);
  await outcome;
});

test('withDeadline aborts with the reason of the signal', async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const reason = new Error('shutting down');
  const outcome = expect(withDeadline({ clock, deadlineMs: 5_000, signal: abort.signal }, untilAborted)).rejects.toBe(
    reason,
  );
  abort.abort(reason);
  await outcome;
});

test('withDeadline does not begin under an aborted signal', async () => {
  const clock = new FakeClock();
  let isBegun = false;
  const begin = async (): Promise<void> => {
    isBegun = true;
  };
  const signal = AbortSignal.abort(new Error('shutting down'));
  await expect(withDeadline({ clock, deadlineMs: 5_000, signal }, begin)).rejects.toThrow('shutting down');
  expect(isBegun).toBe(false);
});

test('withDeadline leaves no sleep behind', async () => {
  const clock = new FakeClock();
  await withDeadline({ clock, deadlineMs: 5_000, signal: never }, async () => 'done');
  expect(clock.sleeping).toBe(0);
});
