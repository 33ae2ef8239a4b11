import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Clock } from './clock.ts';

/** Longest delay a Node timer keeps; a longer one fires after 1 ms. About 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The clock of the running process. A sleep may be of any length and keeps the process alive until it
 * ends or is aborted.
 */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep,
};

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const endMs = performance.now() + ms;
  try {
    for (let leftMs = ms; leftMs > MAX_TIMER_MS; leftMs = endMs - performance.now()) {
      await sleepFor(MAX_TIMER_MS, undefined, options);
    }
    await sleepFor(Math.max(0, endMs - performance.now()), undefined, options);
  } catch (error) {
    // Node rejects with an AbortError of its own that carries the reason only as its cause.
    signal?.throwIfAborted();
    throw error;
  }
}
