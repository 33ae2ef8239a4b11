import type { Clock, Random } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import { abortable } from '../transport/abortable.ts';
import {
  ApiError,
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
} from '../errors/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import { errorFacts } from '../errors/error-facts.ts';
import {
  eventName,
  eventOf,
  EVENTS,
  seriesKey,
  subjectKey,
  type EventReport,
  type EventSource,
  type EventSubject,
  type KubeEvent,
} from './event.ts';
import { OngoingSeries } from './event-series.ts';
import { KeyedTokenBuckets } from '../queue/keyed-token-buckets.ts';
import { RecentMap } from '../queue/recent-map.ts';
import { WorkQueue } from '../queue/work-queue.ts';

export interface EventRecorderOptions extends EventSource {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** More than this many events waiting to be written: new ones are dropped. */
const MAX_QUEUED = 1_000;

/** Series kept to count repetitions; the one idle for longest goes first. client-go's value. */
const MAX_SERIES = 4_096;

/** New events about one object: client-go's limits, 25 at once, then one every five minutes. */
const SPAM_LIMIT = { burst: 25, ratePerSecond: 1 / 300, maxKeys: 4_096 };

const MAX_TRIES = 12;
const RETRY_MS = 10_000;
const REQUEST_DEADLINE_MS = 5_000;

/** Two, so that one namespace that answers slowly does not hold up all; no more, as events only tell of the work. */
const WRITERS = 2;

/**
 * Writes events.k8s.io/v1 events in the background. An event is a courtesy: `record` returns at once and never throws,
 * and whatever goes wrong ends in a dropped event.
 *
 * - The same report again becomes a series: the second occurrence is written at once, later ones are counted and written
 *   every 30 min and when the series has been idle for 6 min, which ends it.
 * - At most 25 new events about one object at once, then one every 5 min. What is dropped is itself a
 *   series, "EventsDropped", so its count says how many were.
 * - A write that finds no server, or an overloaded one, is tried 12 times, 10 s apart. What the server refuses is dropped,
 *   silently if the namespace is gone or going.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #queue: WorkQueue;
  readonly #spamFilter = new KeyedTokenBuckets(SPAM_LIMIT);
  readonly #series = new RecentMap<string, OngoingSeries>(MAX_SERIES);
  /** Series to be written as soon as possible. */
  readonly #outstanding = new Set<string>();
  readonly #closing = new AbortController();
  readonly #onIdle = new Set<() => void>();
  #writing = 0;
  #isStarted = false;
  #hasWarnedOfDrops = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options);
  }

  /** Reports that something happened. Dropped after `close`. */
  record(report: EventReport): void {
    if (this.#closing.signal.aborted) return;
    this.#start();
    if (this.#repeat(report) || !this.#hasRoom()) return;
    const mayPass = this.#spamFilter.tryTake(subjectKey(report.regarding), this.#options.clock.monotonicMs());
    if (mayPass) return this.#begin(report);
    const dropped = droppedReport(report.regarding);
    if (!this.#repeat(dropped)) this.#begin(dropped);
  }

  /** Writes what was not written yet, repetitions included. Resolves when that is done or given up, or `signal` aborts. */
  async flush(signal: AbortSignal): Promise<void> {
    for (const [key, series] of this.#series.entries()) {
      if (series.isAhead) this.#ask(key);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle.add(resolve);
    this.#announceIdle();
    await abortable(promise, signal).catch(() => {});
    this.#onIdle.delete(resolve);
  }

  /** Drops everything, aborts what is being written and leaves no timer behind. */
  close(): void {
    this.#closing.abort();
    this.#queue.shutDown();
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    for (let writer = 0; writer < WRITERS; writer += 1) void this.#write();
  }

  #hasRoom(): boolean {
    if (this.#outstanding.size < MAX_QUEUED) return true;
    if (!this.#hasWarnedOfDrops)
      this.#options.logger.warn({ queued: MAX_QUEUED }, 'Dropped events: too many wait to be written');
    this.#hasWarnedOfDrops = true;
    return false;
  }

  /** Counts a report of a series that goes on. @returns Whether there is one. */
  #repeat(report: EventReport): boolean {
    const { clock } = this.#options;
    const key = seriesKey(report);
    const series = this.#series.get(key);
    if (series === undefined) return false;
    series.observe(clock.now(), clock.monotonicMs());
    if (series.count === 2) this.#ask(key);
    return true;
  }

  #begin(report: EventReport): void {
    const { clock, random } = this.#options;
    const key = seriesKey(report);
    const now = clock.now();
    const event = eventOf(report, this.#options, now, random);
    const dropped = this.#series.set(key, new OngoingSeries(event, now, clock.monotonicMs()));
    if (dropped !== undefined) this.#outstanding.delete(dropped);
    this.#ask(key);
  }

  #ask(key: string): void {
    this.#outstanding.add(key);
    this.#queue.add(key);
  }

  async #write(): Promise<void> {
    const { signal } = this.#closing;
    for (let key = await this.#queue.next(signal); key !== undefined; key = await this.#queue.next(signal)) {
      this.#writing += 1;
      await this.#settle(key);
      this.#writing -= 1;
      this.#queue.done(key);
      this.#announceIdle();
    }
  }

  #announceIdle(): void {
    if (this.#outstanding.size > 0 || this.#writing > 0) return;
    this.#hasWarnedOfDrops = false;
    for (const resolve of this.#onIdle) resolve();
  }

  /** Brings the API server's event up to date with the series, and says when to look again. Never rejects. */
  async #settle(key: string): Promise<void> {
    // Taken off first: a repetition during the write asks for another one.
    const isAsked = this.#outstanding.delete(key);
    const series = this.#series.get(key);
    if (series === undefined) return;
    const nowMs = this.#options.clock.monotonicMs();
    const step = series.nextStep(nowMs, isAsked);
    if (step.kind === 'wait') {
      this.#queue.add(key, { afterMs: step.atMs - nowMs });
    } else if (step.kind === 'close') {
      this.#series.delete(key);
    } else {
      await this.#send(key, series, step.kind);
    }
  }

  async #send(key: string, series: OngoingSeries, verb: 'create' | 'patch'): Promise<void> {
    const { count } = series;
    try {
      const { metadata } = verb === 'create' ? await this.#create(series) : await this.#patch(series);
      series.written(metadata.resourceVersion, count, this.#options.clock.monotonicMs());
      this.#queue.add(key);
    } catch (error) {
      this.#fail(key, series, verb, error);
    }
  }

  #create(series: OngoingSeries): Promise<KubeEvent> {
    return this.#options.client.create(EVENTS, { ...series.event, ...series.toWrite() }, this.#callOptions());
  }

  #patch(series: OngoingSeries): Promise<KubeEvent> {
    const patch = { metadata: { resourceVersion: series.resourceVersion }, ...series.toWrite() };
    return this.#options.client.patch(EVENTS, series.event.metadata, patch, this.#callOptions());
  }

  #callOptions(): { readonly signal: AbortSignal; readonly deadlineMs: number } {
    return { signal: this.#closing.signal, deadlineMs: REQUEST_DEADLINE_MS };
  }

  #fail(key: string, series: OngoingSeries, verb: 'create' | 'patch', error: unknown): void {
    const { clock, random, logger } = this.#options;
    series.failures += 1;
    if (isPassing(error) && series.failures < MAX_TRIES) {
      this.#outstanding.add(key);
      this.#queue.add(key, { afterMs: RETRY_MS });
      return;
    }
    if (verb === 'patch' && isNotFound(error)) {
      // Events expire on the server, after an hour by default.
      series.vanished(eventName(series.event.regarding.name, clock.now(), random));
      this.#ask(key);
      return;
    }
    this.#series.delete(key);
    this.#outstanding.delete(key);
    if (this.#closing.signal.aborted || isExpected(error)) return;
    const { metadata, regarding, reason } = series.event;
    const about = { namespace: metadata.namespace, kind: regarding.kind, eventReason: reason };
    logger.warn({ ...errorFacts(error), ...about }, 'Dropped an event');
  }
}

/** Outside of the object's budget, which it tells of: one event in 6 min at most, as its series goes on. */
function droppedReport(regarding: EventSubject): EventReport {
  const note = 'Too many different events about this object: some were left out, as often as this one is counted';
  return { regarding, type: 'Warning', reason: 'EventsDropped', action: 'Record', note };
}

/** No server, or one that cannot answer now: the same write may succeed later. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500;
  return error instanceof ConnectionError;
}

/** Nobody need hear of it: the namespace is gone or going, or an earlier try had been applied though its answer was lost. */
function isExpected(error: unknown): boolean {
  return isNamespaceTerminating(error) || isNotFound(error) || isAlreadyExists(error) || isConflict(error);
}
