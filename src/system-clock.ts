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

/** Not the one of node:timers/promises: it makes an error with a stack for each sleep that ends early, as most do. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const endMs = performance.now() + ms;
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const onAbort = (): void => {
    end();
    reject(signal?.reason as Error);
  };
  const onTimer = (): void => {
    const leftMs = endMs - performance.now();
    if (leftMs > 0) {
      timer = setTimeout(onTimer, Math.min(leftMs, MAX_TIMER_MS));
      return;
    }
    end();
    resolve();
  };
  // A timer even for 0 ms: whoever sleeps in a loop lets others run.
  let timer = setTimeout(onTimer, Math.min(Math.max(0, ms), MAX_TIMER_MS));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return promise;
}
