import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  /** @default {30000} */
  readonly timeoutMs?: number;
  /** @default {100} */
  readonly intervalMs?: number;
}

/**
 * Calls `attempt` until it no longer throws, and resolves with what it returned. Asserting inside is
 * how a test says what it waits for; a returned false is a value like any other.
 *
 * @throws {Error} that names the last failure when the time is up.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 30_000, intervalMs = 100 } = options;
  const startedAt = performance.now();
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const elapsedMs = performance.now() - startedAt;
      if (elapsedMs >= timeoutMs) {
        const message = error instanceof Error ? error.message : String(error);
        const seconds = (elapsedMs / 1_000).toFixed(1);
        throw new Error(`Not so after ${seconds} s and ${attempts} attempts: ${message}`, { cause: error });
      }
    }
    await sleep(intervalMs);
  }
}

/**
 * Calls `attempt` for the whole of `durationMs`; rejects as soon as it throws. For what must stay as it
 * is: "and nothing is written".
 */
export async function consistently(attempt: () => unknown, durationMs: number, intervalMs = 100): Promise<void> {
  const endsAt = performance.now() + durationMs;
  while (performance.now() < endsAt) {
    await attempt();
    await sleep(intervalMs);
  }
}
