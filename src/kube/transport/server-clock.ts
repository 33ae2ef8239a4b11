import type { Clock } from '../../clock.ts';

/** What an answer says of the time; the other two times are of the monotonic clock, in milliseconds. */
export interface ServerTime {
  /** The header Date: the second in which the answer was begun. */
  readonly date: Date;
  readonly sentMs: number;
  readonly receivedMs: number;
}

const DATE_RESOLUTION_MS = 1_000;

/** What one answer alone may move time by. More is as likely to be the fault of whoever gave that answer. */
const STEP_MS = 60_000;

/** When the monotonic clock read zero, as one answer has it, in milliseconds since 1970. */
interface Range {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** A time far from the believed one, which one answer told. */
interface Claim extends Range {
  /** Of the monotonic clock. */
  readonly receivedMs: number;
}

/**
 * Wall-clock time as the API server tells it: times that are stored there are compared with its own, so that a machine
 * whose clock is wrong, or is put right, ends nothing early. Before the server is believed the local clock stands in.
 *
 * An answer says the time to a second, plus the time it was under way. While what this clock says lies inside that, it
 * runs on with the monotonic clock, whatever the local wall clock does. What lies outside is put at the earliest time
 * that the answer allows: late by a second and the way at most, and never ahead of the server.
 *
 * More than a minute away is believed only when an answer to a later request says the same, with none between them that
 * agrees with this clock: one answer of something broken on the way moves nothing.
 */
export class ServerClock implements Clock {
  readonly #local: Clock;
  /** What to add to the monotonic clock. */
  #epochMs: number | undefined;
  /** Waits for a second answer. */
  #claim: Claim | undefined;

  constructor(local: Clock) {
    this.#local = local;
  }

  now(): Date {
    if (this.#epochMs === undefined) return this.#local.now();
    return new Date(this.#epochMs + this.monotonicMs());
  }

  monotonicMs(): number {
    return this.#local.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#local.sleep(ms, signal);
  }

  /** Takes what an answer says, as soon as it came. */
  observe({ date, sentMs, receivedMs }: ServerTime): void {
    const earliestMs = date.getTime() - receivedMs;
    const range: Range = { earliestMs, latestMs: date.getTime() + DATE_RESOLUTION_MS - sentMs };
    const believedMs = this.#epochMs ?? this.#local.now().getTime() - this.monotonicMs();
    const distance = distanceMs(range, believedMs);
    const claim = this.#claim;
    const isAgain = claim !== undefined && overlaps(range, claim);
    if (distance <= STEP_MS || (isAgain && sentMs >= claim.receivedMs)) {
      this.#epochMs = distance === 0 ? believedMs : earliestMs;
      this.#claim = undefined;
    } else if (!isAgain) {
      this.#claim = { ...range, receivedMs };
    }
  }
}

/** How far a time lies outside of a range; 0 inside. */
function distanceMs({ earliestMs, latestMs }: Range, timeMs: number): number {
  return Math.max(0, earliestMs - timeMs, timeMs - latestMs);
}

function overlaps(one: Range, other: Range): boolean {
  return one.earliestMs <= other.latestMs && other.earliestMs <= one.latestMs;
}
