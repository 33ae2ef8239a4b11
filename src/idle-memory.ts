import type { Clock } from './clock.ts';

export interface IdleMemoryOptions {
  readonly clock: Clock;
  /** CPU time that the process has used, in milliseconds. */
  readonly cpuTimeMs: () => number;
  /** Collects all garbage and gives free pages back to the system. */
  readonly collect: () => Promise<void>;
}

const LOOK_INTERVAL_MS = 5_000;

/** Of one interval: more is work, less is renewing a lease and being scraped. */
const BUSY_MS = 250;

/**
 * Gives memory back once after each time of work, as soon as an interval was idle. V8 collects when the next
 * allocation asks for room, so what a first look at thousands of keys left behind would stay for hours.
 *
 * Resolves when `signal` aborts.
 */
export async function returnIdleMemory(options: IdleMemoryOptions, signal: AbortSignal): Promise<void> {
  const { clock, cpuTimeMs, collect } = options;
  // Starting is work as well.
  let isOwed = true;
  let beforeMs = cpuTimeMs();
  while (await slept(clock, signal)) {
    const isBusy = cpuTimeMs() - beforeMs > BUSY_MS;
    if (isOwed && !isBusy) await collect();
    isOwed = isBusy;
    beforeMs = cpuTimeMs();
  }
}

async function slept(clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(LOOK_INTERVAL_MS, signal);
    return true;
  } catch {
    return false;
  }
}
