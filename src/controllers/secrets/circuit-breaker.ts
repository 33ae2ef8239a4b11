import type { Clock, Random } from '../../clock.ts';
import { ApiError, ConnectionError } from '../../kube/errors/api-error.ts';
import { ItemBackoff } from '../../kube/queue/item-backoff.ts';

/** How long no call is made: about 5, 10, 20, 40 and then 60 s. */
const BACKOFF = { baseMs: 5_000, maxMs: 60_000, jitter: 0.2 } as const;

/** A failure that took less costs nobody anything, however often it comes. */
const COSTLY_MS = 1_000;

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** No call about the subject is made for `forMs`, then one. `isFirst`: up to now all were made. */
  readonly onOpened: (subject: string, forMs: number, isFirst: boolean) => void;
  /** All calls about the subject are made again, after `openedMs`. */
  readonly onClosed: (subject: string, openedMs: number) => void;
}

interface Opening {
  readonly sinceMs: number;
  retryAtMs: number;
  isProbed: boolean;
}

/**
 * Ends the waiting for what does not answer: after a call that got stuck, further calls about the same subject are
 * refused at once for a growing time, then one is made to see whether it answers again.
 *
 * Stuck is a call that ran into its deadline, or was answered 5xx or, at the end of its retries, 429 after a
 * second or more, as when a webhook did not answer the server or answers 429 itself. A connection that cannot be made or breaks says nothing of the subject and changes nothing: an
 * API server that was away leaves no breaker open.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #backoff: ItemBackoff;
  readonly #openings = new Map<string, Opening>();

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#backoff = new ItemBackoff({ ...BACKOFF, random: options.random });
  }

  /** @throws {ConnectionError} held-off, unless a call about the subject would be made now. */
  assertAdmits(subject: string): void {
    const opening = this.#openings.get(subject);
    if (opening === undefined) return;
    if (opening.isProbed || this.#options.clock.monotonicMs() < opening.retryAtMs) throw heldOff();
  }

  /** Makes a call, or refuses to, and learns from how it ends. @throws {ConnectionError} held-off; what the call throws. */
  async run<T>(subject: string, call: () => Promise<T>): Promise<T> {
    this.assertAdmits(subject);
    const probed = this.#openings.get(subject);
    if (probed !== undefined) probed.isProbed = true;
    const startedMs = this.#options.clock.monotonicMs();
    try {
      const answer = await call();
      if (probed !== undefined) this.#close(subject, probed);
      return answer;
    } catch (error) {
      const isCostly = this.#options.clock.monotonicMs() - startedMs >= COSTLY_MS;
      if (isStuck(error, isCostly)) this.#open(subject, probed);
      else if (probed !== undefined && error instanceof ApiError) this.#close(subject, probed);
      else if (probed !== undefined) probed.isProbed = false;
      throw error;
    }
  }

  #open(subject: string, probed: Opening | undefined): void {
    // Calls that began before it opened end one after the other and are one failure.
    if (probed === undefined && this.#openings.has(subject)) return;
    const nowMs = this.#options.clock.monotonicMs();
    const forMs = this.#backoff.next(subject);
    const sinceMs = probed?.sinceMs ?? nowMs;
    this.#openings.set(subject, { sinceMs, retryAtMs: nowMs + forMs, isProbed: false });
    this.#options.onOpened(subject, forMs, probed === undefined);
  }

  #close(subject: string, { sinceMs }: Opening): void {
    this.#openings.delete(subject);
    this.#backoff.forget(subject);
    this.#options.onClosed(subject, this.#options.clock.monotonicMs() - sinceMs);
  }
}

function isStuck(error: unknown, isCostly: boolean): boolean {
  if (error instanceof ConnectionError) return error.code === 'timeout';
  return error instanceof ApiError && (error.status >= 500 || error.status === 429) && isCostly;
}

/** The error of a call that is not made to spare others the waiting. */
export function heldOff(): ConnectionError {
  return new ConnectionError('held-off', 'The call was not made: earlier ones about the same subject got stuck');
}
