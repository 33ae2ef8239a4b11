import { RecentMap } from './recent-map.ts';
import { TokenBucket, type TokenBucketOptions } from './token-bucket.ts';

export interface KeyedTokenBucketsOptions extends TokenBucketOptions {
  /** A key that was quiet for so long that this many others came after it starts afresh. */
  readonly maxKeys: number;
}

/** A token bucket for each key, so that one that is loud delays no other. */
export class KeyedTokenBuckets {
  readonly #options: KeyedTokenBucketsOptions;
  readonly #buckets: RecentMap<string, TokenBucket>;

  constructor(options: KeyedTokenBucketsOptions) {
    this.#options = options;
    this.#buckets = new RecentMap(options.maxKeys);
  }

  /** @param nowMs Monotonic. @returns Whether the key had a token left, which it has no more. */
  tryTake(key: string, nowMs: number): boolean {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#options);
      this.#buckets.set(key, bucket);
    }
    return bucket.tryTake(nowMs);
  }
}
