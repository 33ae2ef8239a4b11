import type { Clock, Random } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import { ApiError, ConnectionError, refusalOf, type Refusal } from '../errors/api-error.ts';
import type { KubeClient, WatchEvent } from '../client/client.ts';
import { InitialEventsUnsupportedError, InitialState } from './initial-state.ts';
import { listPages } from './list-pages.ts';
import type { Selection } from './list-pages.ts';
import type { KubeObject } from '../objects/objects.ts';
import type { Resource } from '../objects/resource.ts';
import { retryDelayMs } from '../client/retry-delay.ts';
import { continuationAfter, refusesInitialEvents, tellsOfOlderState } from './watch-failure.ts';
import { assertStateNotOlder } from './server-state.ts';
import { readWatchStream } from './watch-stream.ts';

const PAGE_SIZE = 500;
const BOOKMARK_PERIOD_MS = 60_000;
const MIN_WATCH_SECONDS = 300;
const MAX_WATCH_SECONDS = 600;
const SHORT_WATCH_MS = 1_000;
const BACKOFF = { baseMs: 800, capMs: 30_000 };
const BACKOFF_RESET_MS = 120_000;
/** Whoever gives the account its rights should see it go on at once, and a refusal costs the server little. */
const REFUSED_RETRY_MS = 2_000;

/** Receives what a reflector learns. Nothing here may throw or wait. */
export interface ReflectorSink<Raw extends KubeObject, T> {
  /** What is kept of an object; undefined leaves it out. */
  convert(raw: Raw): T | undefined;
  /** The complete state; `requestedMs` is when it was asked for, on the monotonic clock. */
  replace(items: readonly T[], requestedMs: number): void;
  set(object: T): void;
  remove(raw: Raw): void;
  /** Every event up to now was received. */
  bookmark(): void;
}

export interface ReflectorOptions<Raw extends KubeObject, T> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly resource: Resource<Raw>;
  readonly selection: Selection;
  readonly sink: ReflectorSink<Raw, T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told of each list and watch whether it was refused; undefined: it was granted. */
  readonly onAccess?: (refusal: Refusal | undefined) => void;
  /** Told when the server turns out to have an older state than before; the new list follows whatever this does. */
  readonly onOlderState?: () => void;
  /** @default {500} */
  readonly pageSize?: number;
  /** How often the server sends a bookmark; three silent periods end a watch. @default {60000} */
  readonly bookmarkPeriodMs?: number;
}

/**
 * Mirrors one kind, in one namespace or all, into a sink: the complete state first, then every change.
 *
 * - The state comes as a stream (WatchList); if the server cannot do that, as a paged list, then and ever after.
 * - A watch that the server closes goes on at once from the last resourceVersion, unless watches keep ending
 *   within a second.
 * - After a cut, silence, 429 or 5xx the watch goes on from there after a backoff, if the server is that far.
 * - A server whose state is older than that, 410 Gone, and any other refusal lead to a new list.
 * - 401 and 403 are logged once in a row and tried again every 2 s, from where it was.
 * - Backoff: full jitter, 0.8 s doubling to 30 s, afresh after 2 minutes without a failure, and never less than
 *   the server asked for.
 *
 * It only ends by its signal.
 */
export class Reflector<Raw extends KubeObject, T> {
  readonly #options: ReflectorOptions<Raw, T>;
  /** Where to watch on from; undefined when a list is due. */
  #resourceVersion: string | undefined;
  #streamsInitialState = true;
  #lastActivityMs: number;
  #lastAttemptMs: number;
  #shortWatches = 0;
  /** The server was away since it told of the present version. */
  #mayHaveGoneBack = false;
  #refusal: Refusal | undefined;
  #failures = 0;
  #lastFailureMs = 0;

  constructor(options: ReflectorOptions<Raw, T>) {
    this.#options = options;
    this.#lastActivityMs = options.clock.monotonicMs();
    this.#lastAttemptMs = this.#lastActivityMs;
  }

  /** Monotonic time of the last event, bookmark or list page; of the construction before the first. */
  get lastActivityMs(): number {
    return this.#lastActivityMs;
  }

  /** Monotonic time of the last request or activity: goes on through an outage of the server. */
  get lastAttemptMs(): number {
    return Math.max(this.#lastActivityMs, this.#lastAttemptMs);
  }

  /** Resolves once `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const delayMs = await this.#mirror(signal).catch((error: unknown) => this.#afterFailure(error, signal));
        await this.#options.clock.sleep(delayMs, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  /** One list or watch. Resolves, with the time to wait, when it is time for the next. */
  async #mirror(signal: AbortSignal): Promise<number> {
    this.#lastAttemptMs = this.#options.clock.monotonicMs();
    if (this.#resourceVersion !== undefined) return this.#watch(this.#resourceVersion, signal);
    if (this.#streamsInitialState) return this.#watchFromInitialState(signal);
    return this.#list(signal);
  }

  async #list(signal: AbortSignal): Promise<number> {
    const { sink, clock, pageSize = PAGE_SIZE } = this.#options;
    const requestedMs = clock.monotonicMs();
    let items: T[] = [];
    const resourceVersion = await listPages({
      ...this.#options,
      pageSize,
      onPage: (page) => {
        this.#lastActivityMs = clock.monotonicMs();
        this.#onAccess(undefined);
        for (const raw of page) pushDefined(items, sink.convert(raw));
      },
      onRestart: () => (items = []),
      signal,
    });
    sink.replace(items, requestedMs);
    this.#resourceVersion = resourceVersion;
    return 0;
  }

  async #watchFromInitialState(signal: AbortSignal): Promise<number> {
    const { sink, clock } = this.#options;
    const requestedMs = clock.monotonicMs();
    const state = new InitialState<Raw, T>((raw) => sink.convert(raw));
    let isComplete = false;
    const onEvent = (event: WatchEvent<Raw>): void => {
      if (isComplete) return this.#apply(event);
      isComplete = state.add(event);
      if (!isComplete) return;
      sink.replace(state.objects, requestedMs);
      this.#resourceVersion = event.object.metadata.resourceVersion;
    };
    try {
      const delayMs = await this.#read({ sendInitialEvents: true }, onEvent, signal);
      if (isComplete) return delayMs;
      throw new InitialEventsUnsupportedError('The watch ended before the initial events did');
    } catch (error) {
      if (isComplete || signal.aborted || !refusesInitialEvents(error)) throw error;
      this.#streamsInitialState = false;
      this.#options.logger.info({ ...this.#fields(), ...errorFields(error) }, 'Fell back from streaming to listing');
      return 0;
    }
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<number> {
    if (this.#mayHaveGoneBack) await assertStateNotOlder({ ...this.#options, resourceVersion, signal });
    this.#mayHaveGoneBack = false;
    return await this.#read({ resourceVersion }, (event) => this.#apply(event), signal);
  }

  /** Resolves, with the time to wait, when the server has closed the stream. */
  async #read(
    from: { readonly resourceVersion: string } | { readonly sendInitialEvents: true },
    onEvent: (event: WatchEvent<Raw>) => void,
    signal: AbortSignal,
  ): Promise<number> {
    const { clock, random, selection, bookmarkPeriodMs = BOOKMARK_PERIOD_MS } = this.#options;
    const startedMs = clock.monotonicMs();
    // Spread, so that the watches of all replicas and kinds do not end together.
    const timeoutSeconds = MIN_WATCH_SECONDS + Math.floor(random() * (MAX_WATCH_SECONDS - MIN_WATCH_SECONDS + 1));
    await readWatchStream({
      ...this.#options,
      watch: { ...selection, ...from, timeoutSeconds, onOpen: () => this.#onAccess(undefined) },
      stallMs: 3 * bookmarkPeriodMs,
      onEvent: (event) => {
        this.#lastActivityMs = clock.monotonicMs();
        onEvent(event);
      },
      signal,
    });
    const isShort = clock.monotonicMs() - startedMs < SHORT_WATCH_MS;
    this.#shortWatches = isShort ? this.#shortWatches + 1 : 0;
    // One may be a server that restarts; in a row they are a loop that must not run hot.
    return this.#shortWatches > 1 ? this.#backoffMs() : 0;
  }

  #apply({ type, object }: WatchEvent<Raw>): void {
    const { sink } = this.#options;
    if (type === 'BOOKMARK') sink.bookmark();
    else if (type === 'DELETED') sink.remove(object);
    else {
      const converted = sink.convert(object);
      if (converted !== undefined) sink.set(converted);
    }
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
  }

  /** Returns the time to wait. */
  #afterFailure(error: unknown, signal: AbortSignal): number {
    if (signal.aborted) return 0;
    const continuation = continuationAfter(error);
    if (continuation === 'relist') this.#resourceVersion = undefined;
    if (tellsOfOlderState(error)) this.#options.onOlderState?.();
    const refusal = refusalOf(error);
    if (refusal === undefined) this.#mayHaveGoneBack = continuation === 'resume';
    const isKnown = refusal !== undefined && refusal === this.#refusal;
    if (refusal !== undefined) this.#onAccess(refusal);
    const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = refusal === undefined ? Math.max(this.#backoffMs(), askedMs) : REFUSED_RETRY_MS;
    if (isKnown) return delayMs;
    const fields = { ...this.#fields(), ...errorFields(error), continuation, delayMs: Math.round(delayMs) };
    this.#options.logger.warn(fields, 'Lost the watch');
    return delayMs;
  }

  #onAccess(refusal: Refusal | undefined): void {
    this.#refusal = refusal;
    this.#options.onAccess?.(refusal);
  }

  #backoffMs(): number {
    const { clock, random } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lastFailureMs > BACKOFF_RESET_MS) this.#failures = 0;
    this.#lastFailureMs = nowMs;
    return retryDelayMs(this.#failures++, { ...BACKOFF, random });
  }

  #fields(): object {
    const { resource, selection } = this.#options;
    return { resource: resource.plural, group: resource.group, namespace: selection.namespace };
  }
}

function pushDefined<T>(items: T[], item: T | undefined): void {
  if (item !== undefined) items.push(item);
}

/** Never the text of an error of unknown origin: it may quote what was being read. */
function errorFields(error: unknown): object {
  if (error instanceof ApiError) return { status: error.status, reason: error.reason };
  if (error instanceof ConnectionError) return { fault: error.code };
  return { error: error instanceof Error ? error.name : typeof error };
}
