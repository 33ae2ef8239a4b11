import { RecentMap } from '../../kube/events/recent-map.ts';
import { TokenBucket } from '../../kube/queue/token-bucket.ts';

/** A hand that mends or tests edits a few times; more is a fight, or somebody who wants to keep the operator busy. */
const BURST = 20;
const PACE_MS = 5_000;

/** A place that was quiet for so long that 4096 others changed may start afresh. */
const MAX_PLACES = 4_096;

/** Paces the keys that changes at one place wake: 20 at once, then one every 5 s. No change is lost by it. */
export class WakeLimit {
  readonly #buckets = new RecentMap<string, TokenBucket>(MAX_PLACES);

  /**
   * Counts one change at a place ("<namespace>/<Secret name>").
   * @param nowMs Monotonic.
   * @returns Milliseconds the keys it concerns should wait.
   */
  delayMs(place: string, nowMs: number): number {
    let bucket = this.#buckets.get(place);
    if (bucket === undefined) {
      bucket = new TokenBucket({ ratePerSecond: 1_000 / PACE_MS, burst: BURST });
      this.#buckets.set(place, bucket);
    }
    return bucket.tryTake(nowMs) ? 0 : PACE_MS;
  }
}
