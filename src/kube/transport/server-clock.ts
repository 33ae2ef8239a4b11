import type { Clock } from '../../clock.ts';

/** What an answer says of the time; the other two times are of the monotonic clock, in milliseconds. */
export interface ServerTime {
  /** The header Date: the second in which the answer was begun. */
  readonly date: Date;
  readonly sentMs: number;
  readonly receivedMs: number;
}

const DATE_RESOLUTION_MS = 1_000;

/**
 * Wall-clock time as the API server tells it: times that are stored there are compared with its own, so that a machine
 * whose clock is wrong, or is put right, ends nothing early. Before the first answer the local clock stands in.
 *
 * An answer says the time to a second, plus the time it was under way. While what this clock says lies inside that, it
 * runs on with the monotonic clock, whatever the local wall clock does. What lies outside is put at the earliest time
 * that the answer allows: late by a second and the way at most, and never ahead of the server.
 */
export class ServerClock implements Clock {
  readonly #local: Clock;
  /** What to add to the monotonic clock. */
  #epochMs: number | undefined;

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
    const earliestMs = date.getTime();
    const latestMs = earliestMs + DATE_RESOLUTION_MS + receivedMs - sentMs;
    const believedMs = (this.#epochMs ?? this.#local.now().getTime() - this.monotonicMs()) + receivedMs;
    const isInside = earliestMs <= believedMs && believedMs <= latestMs;
    this.#epochMs = (isInside ? believedMs : earliestMs) - receivedMs;
  }
}
