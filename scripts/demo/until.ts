import { systemClock } from '../../src/system-clock.ts';

const TIMEOUT_MS = 30_000;
const INTERVAL_MS = 20;

export interface UntilOptions {
  /** Ends the sentence of the error, for example "the ApiKey is Ready". */
  readonly what: string;
  readonly signal: AbortSignal;
  /** @default {30000} */
  readonly timeoutMs?: number;
  /** @default {20} */
  readonly intervalMs?: number;
}

/**
 * Looks again and again until there is something to see.
 *
 * @param look Returns undefined for "not yet".
 * @throws {Error} when the time is up; the signal's reason.
 */
export async function until<T>(look: () => Promise<T | undefined>, options: UntilOptions): Promise<T> {
  const { what, signal, timeoutMs = TIMEOUT_MS, intervalMs = INTERVAL_MS } = options;
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadlineMs) throw new Error(`Waited ${timeoutMs / 1_000} s in vain until ${what}`);
    await systemClock.sleep(intervalMs, signal);
  }
}
