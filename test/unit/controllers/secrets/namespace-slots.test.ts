import { beforeEach, describe, expect, test } from 'vitest';
import { NamespaceSlots } from '../../../../src/controllers/secrets/namespace-slots.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

let clock: FakeClock;
let slots: NamespaceSlots;
let done: string[];
let running: number;

beforeEach(() => {
  clock = new FakeClock();
  slots = new NamespaceSlots(clock);
  done = [];
  running = 0;
});

/** Starts a call that takes `tookMs`, and notes how it ended. */
function start(name: string, tookMs: number, namespace = 'eu', signal?: AbortSignal): void {
  const call = async (): Promise<void> => {
    running += 1;
    await clock.sleep(tookMs);
    running -= 1;
  };
  slots.run(namespace, signal, call).then(
    () => done.push(name),
    (error: unknown) => done.push(`${name}: ${(error as { code?: string }).code ?? String(error)}`),
  );
}

describe('NamespaceSlots', () => {
  test('makes four calls at once, the others in order of arrival', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) start(name, 100);
    await clock.advance(0);
    expect(running).toBe(4);
    await clock.advance(100);
    expect(done).toEqual(['a', 'b', 'c', 'd']);
    expect(running).toBe(2);
    await clock.advance(100);
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(clock.sleeping).toBe(0);
  });

  test('gives every namespace slots of its own', async () => {
    for (const name of ['a', 'b', 'c', 'd']) start(name, 60_000);
    start('other', 10, 'us');
    await clock.advance(10);
    expect(done).toEqual(['other']);
  });

  test('sends whoever waited 2 s away, and then everybody at once until a call ends', async () => {
    for (const name of ['a', 'b', 'c', 'd']) start(name, 5_000);
    start('patient', 10);
    await clock.advance(1_999);
    expect(done).toEqual([]);
    await clock.advance(1);
    expect(done).toEqual(['patient: held-off']);
    start('late', 10);
    await clock.advance(0);
    expect(done).toEqual(['patient: held-off', 'late: held-off']);
    await clock.advance(3_000);
    start('after', 10);
    await clock.advance(10);
    expect(done).toContain('after');
  });

  test('frees the slot of a call that fails', async () => {
    for (let index = 0; index < 8; index += 1)
      await expect(slots.run('eu', undefined, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  test('stops waiting when the signal aborts, and leaves the turn to the next one', async () => {
    for (const name of ['a', 'b', 'c', 'd']) start(name, 1_000);
    const stop = new AbortController();
    start('stopped', 10, 'eu', stop.signal);
    start('next', 10);
    stop.abort('stopped by the test');
    await clock.advance(0);
    expect(done).toEqual(['stopped: stopped by the test']);
    await clock.advance(1_010);
    expect(done).toContain('next');
  });
});
