import { formatMicroTime } from '../objects/micro-time.ts';
import type { EventSeries, KubeEvent } from './event.ts';

/** A series that nothing was added to for this long is over: the next occurrence is a new event. */
const IDLE_MS = 6 * 60_000;

/** A series that goes on is written this often. */
const REFRESH_MS = 30 * 60_000;

/** create, patch: write. close: forget it. wait: look again at `atMs`. */
export type SeriesStep =
  { readonly kind: 'create' | 'patch' | 'close' } | { readonly kind: 'wait'; readonly atMs: number };

/** One thing that happens again and again, and how much of that the API server knows. Times in ms are monotonic. */
export class OngoingSeries {
  #event: KubeEvent;
  /** Of the event on the API server; undefined while there is none. */
  #resourceVersion: string | undefined;
  #count = 1;
  #writtenCount = 0;
  #writtenMs = -Infinity;
  #lastObserved: Date;
  #lastObservedMs: number;
  /** Failed writes in a row. */
  failures = 0;

  constructor(event: KubeEvent, now: Date, nowMs: number) {
    this.#event = event;
    this.#lastObserved = now;
    this.#lastObservedMs = nowMs;
  }

  /** The first occurrence, as it was or will be created. */
  get event(): KubeEvent {
    return this.#event;
  }

  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }

  /** Occurrences so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether it happened more often than the API server knows. */
  get isAhead(): boolean {
    return this.#count > this.#writtenCount;
  }

  /** It happened again. */
  observe(now: Date, nowMs: number): void {
    this.#count += 1;
    this.#lastObserved = now;
    this.#lastObservedMs = nowMs;
  }

  /** @param isAsked Whether what is not written yet is to be written now. */
  nextStep(nowMs: number, isAsked: boolean): SeriesStep {
    if (this.#resourceVersion === undefined) return { kind: 'create' };
    const idleAtMs = this.#lastObservedMs + IDLE_MS;
    const refreshAtMs = this.isAhead ? this.#writtenMs + REFRESH_MS : Infinity;
    const isOver = idleAtMs <= nowMs;
    if (this.isAhead && (isAsked || isOver || refreshAtMs <= nowMs)) return { kind: 'patch' };
    return isOver ? { kind: 'close' } : { kind: 'wait', atMs: Math.min(idleAtMs, refreshAtMs) };
  }

  /** What to add to the event: a series, from the second occurrence on. */
  toWrite(): { readonly series?: EventSeries } {
    if (this.#count === 1) return {};
    return { series: { count: this.#count, lastObservedTime: formatMicroTime(this.#lastObserved) } };
  }

  /** The API server knows of `count` occurrences, since the version it answered with. */
  written(resourceVersion: string | undefined, count: number, nowMs: number): void {
    this.#resourceVersion = resourceVersion;
    this.#writtenCount = count;
    this.#writtenMs = nowMs;
    this.failures = 0;
  }

  /** The API server no longer has the event. @param name Of the one to create instead. */
  vanished(name: string): void {
    this.#event = { ...this.#event, metadata: { ...this.#event.metadata, name } };
    this.#resourceVersion = undefined;
  }
}
