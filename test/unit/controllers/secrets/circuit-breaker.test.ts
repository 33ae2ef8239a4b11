import { beforeEach, describe, expect, test } from 'vitest';
import { CircuitBreaker } from '../../../../src/controllers/secrets/circuit-breaker.ts';
import { ApiError, ConnectionError, type ConnectionFault } from '../../../../src/kube/errors/api-error.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const HELD_OFF = { code: 'held-off' };
const fault = (code: ConnectionFault): ConnectionError => new ConnectionError(code, 'scripted');
const refusal = (status: number): ApiError => new ApiError({ status, reason: 'Scripted', message: 'scripted' });

let clock: FakeClock;
let breaker: CircuitBreaker;
let said: string[];

beforeEach(() => {
  clock = new FakeClock();
  said = [];
  breaker = new CircuitBreaker({
    clock,
    random: () => 0,
    onOpened: (subject, forMs, isFirst) => said.push(`${subject} held off for ${forMs}${isFirst ? ', first' : ''}`),
    onClosed: (subject, openedMs) => said.push(`${subject} answers after ${openedMs}`),
  });
});

/** A call about "eu" that ends after `tookMs`, with the error if one is given. Resolves with the error it met. */
async function call(failure?: Error, tookMs: number = 0): Promise<unknown> {
  const scripted = async (): Promise<void> => {
    await clock.sleep(tookMs);
    if (failure !== undefined) throw failure;
  };
  const ended = breaker.run('eu', scripted).catch((met: unknown) => met);
  await clock.advance(tookMs);
  return await ended;
}

describe('CircuitBreaker', () => {
  test.each<[string, Error, number]>([
    ['ran into its deadline', fault('timeout'), 5_000],
    ['was answered 500 after a second', refusal(500), 1_000],
    ['was answered 504 after 3 s', refusal(504), 3_000],
    ['was told to come later until its retries were used up', refusal(429), 4_000],
  ])('refuses calls after one that %s', async (_what, error, tookMs) => {
    expect(await call(error, tookMs)).toBe(error);
    expect(await call()).toMatchObject(HELD_OFF);
    expect(() => breaker.assertAdmits('eu')).toThrow(ConnectionError);
    expect(() => breaker.assertAdmits('us')).not.toThrow();
  });

  test.each<[string, Error, number]>([
    ['was answered 500 at once', refusal(500), 10],
    ['was forbidden', refusal(403), 2_000],
    ['was told to come later at once', refusal(429), 10],
    ['found no server', fault('refused'), 4_000],
    ['lost its connection', fault('reset'), 4_000],
    ['was called off', new Error('stopped'), 4_000],
  ])('makes further calls after one that %s', async (_what, error, tookMs) => {
    expect(await call(error, tookMs)).toBe(error);
    expect(await call()).toBeUndefined();
    expect(said).toEqual([]);
  });

  test('makes one call when the time is over and refuses the others until that one ends', async () => {
    await call(fault('timeout'));
    await clock.advance(4_999);
    expect(await call()).toMatchObject(HELD_OFF);
    await clock.advance(1);
    const probe = breaker.run('eu', () => clock.sleep(100));
    expect(await call()).toMatchObject(HELD_OFF);
    await clock.advance(100);
    await probe;
    expect(await call()).toBeUndefined();
    expect(said).toEqual(['eu held off for 5000, first', 'eu answers after 5100']);
  });

  test('waits twice as long with each try that gets stuck, up to a minute, and begins anew once it closed', async () => {
    for (const forMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      await call(fault('timeout'));
      expect(said.at(-1)).toContain(`held off for ${forMs}`);
      await clock.advance(forMs);
    }
    expect(said.filter((line) => line.endsWith(', first'))).toHaveLength(1);
    await call();
    await call(fault('timeout'));
    expect(said.at(-1)).toBe('eu held off for 5000, first');
  });

  test('takes calls that began before it opened for one failure', async () => {
    const running = Array.from({ length: 4 }, () =>
      breaker.run('eu', () => clock.sleep(5_000).then(() => Promise.reject(fault('timeout')))).catch(() => {}),
    );
    await clock.advance(5_000);
    await Promise.all(running);
    expect(said).toEqual(['eu held off for 5000, first']);
  });

  test('closes when the try is answered, though it is refused', async () => {
    await call(fault('timeout'));
    await clock.advance(5_000);
    await call(refusal(403));
    expect(await call()).toBeUndefined();
  });

  test('lets the next one try after a try that tells nothing', async () => {
    await call(fault('timeout'));
    await clock.advance(5_000);
    await call(fault('refused'));
    expect(said).toHaveLength(1);
    expect(await call()).toBeUndefined();
    expect(said.at(-1)).toBe('eu answers after 5000');
  });

  test('waits up to a fifth less, so that namespaces are not all tried at once', async () => {
    const early = new CircuitBreaker({
      clock,
      random: () => 0.999,
      onOpened: (_, ms) => said.push(`${ms}`),
      onClosed: () => {},
    });
    await early.run('eu', () => Promise.reject(fault('timeout'))).catch(() => {});
    expect(Number(said[0])).toBeCloseTo(4_001);
  });
});
