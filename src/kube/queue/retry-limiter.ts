import { ItemBackoff, type ItemBackoffOptions } from './item-backoff.ts';
import { TokenBucket, type TokenBucketOptions } from './token-bucket.ts';

export interface RetryLimiterOptions extends ItemBackoffOptions {
  /** Shared by all keys; it limits retries only. @default {10 per second, burst 100} */
  readonly bucket?: TokenBucketOptions;
}

/** client-go's default for controllers: the longer of the key's own back-off and its turn in a shared bucket. */
export class RetryLimiter {
  readonly #backoff: ItemBackoff;
  readonly #bucket: TokenBucket;

  constructor(options: RetryLimiterOptions) {
    this.#backoff = new ItemBackoff(options);
    this.#bucket = new TokenBucket(options.bucket ?? { ratePerSecond: 10, burst: 100 });
  }

  /** Counts a failure of `key`. @returns Milliseconds to wait before the next try. */
  next(key: string, nowMs: number): number {
    return Math.max(this.#backoff.next(key), this.#bucket.reserve(nowMs));
  }

  failures(key: string): number {
    return this.#backoff.failures(key);
  }

  forget(key: string): void {
    this.#backoff.forget(key);
  }
}
