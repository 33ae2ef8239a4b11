export interface TokenBucketOptions {
  /** Tokens that come back per second. */
  readonly ratePerSecond: number;
  /** Tokens a full bucket holds. It starts full. */
  readonly burst: number;
}

/**
 * Spreads work over time: each reservation takes one token, and once the bucket is empty the next
 * reservations are told to wait for theirs, each one behind the one before it.
 *
 * Times are monotonic milliseconds given by the caller, never running back.
 */
export class TokenBucket {
  readonly #msPerToken: number;
  readonly #burst: number;
  /** When the bucket would be full again. Kept as a time, since adding up fractions of tokens would drift. */
  #fullAtMs = -Infinity;

  /** @throws {RangeError} unless both numbers are greater than 0. */
  constructor({ ratePerSecond, burst }: TokenBucketOptions) {
    if (!(ratePerSecond > 0 && burst > 0)) {
      throw new RangeError(`Cannot fill a token bucket: want rate and burst > 0, got ${ratePerSecond} and ${burst}`);
    }
    this.#msPerToken = 1_000 / ratePerSecond;
    this.#burst = burst;
  }

  /** Takes a token, now or in advance. @returns Milliseconds until it may be used, 0 if at once. */
  reserve(nowMs: number): number {
    this.#fullAtMs = this.#fullAgainMs(nowMs);
    return this.#waitMs(this.#fullAtMs, nowMs);
  }

  /** Takes a token if one is there. @returns Whether it did. */
  tryTake(nowMs: number): boolean {
    const fullAtMs = this.#fullAgainMs(nowMs);
    if (this.#waitMs(fullAtMs, nowMs) > 0) return false;
    this.#fullAtMs = fullAtMs;
    return true;
  }

  /** When the bucket would be full again if one more token were taken. */
  #fullAgainMs(nowMs: number): number {
    return Math.max(this.#fullAtMs, nowMs) + this.#msPerToken;
  }

  #waitMs(fullAtMs: number, nowMs: number): number {
    return Math.max(0, fullAtMs - nowMs - this.#burst * this.#msPerToken);
  }
}
