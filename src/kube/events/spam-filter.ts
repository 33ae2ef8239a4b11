import { RecentMap } from './recent-map.ts';
import { TokenBucket } from '../queue/token-bucket.ts';

/** client-go's limits: 25 at once, then one every five minutes. */
const BURST = 25;
const RATE_PER_SECOND = 1 / 300;

/** An object that was quiet for so long that 4096 others came after it may start afresh. */
const MAX_OBJECTS = 4_096;

/** Lets through so many events about one object that people can read them, however often its state flaps. */
export class SpamFilter {
  readonly #buckets = new RecentMap<string, TokenBucket>(MAX_OBJECTS);

  /** @param nowMs Monotonic. @returns Whether one more event about the object may be written. */
  mayPass(subjectKey: string, nowMs: number): boolean {
    let bucket = this.#buckets.get(subjectKey);
    if (bucket === undefined) {
      bucket = new TokenBucket({ ratePerSecond: RATE_PER_SECOND, burst: BURST });
      this.#buckets.set(subjectKey, bucket);
    }
    return bucket.tryTake(nowMs);
  }
}
