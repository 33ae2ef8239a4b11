import type { Clock, Random } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import type { KubeClient } from '../client/client.ts';
import { refusalOf, type Refusal } from '../errors/api-error.ts';
import { errorFacts } from '../errors/error-facts.ts';
import { LeaseLock, type LeaseAttempt } from './lease-lock.ts';
import { NotLeadingError } from '../errors/not-leading-error.ts';
import { forwardAbort } from '../transport/abortable.ts';

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  /** Where the Lease lives. */
  readonly namespace: string;
  readonly name: string;
  /** Who we are; unique among candidates, also across restarts. */
  readonly identity: string;
  /** How long others wait before they take over from a leader that went silent. Whole seconds. @default {15000} */
  readonly leaseDurationMs?: number;
  /** How long a leader that cannot renew goes on. @default {10000} */
  readonly renewDeadlineMs?: number;
  /** Pause between renewals. A candidate that waits looks about twice as often. @default {2000} */
  readonly retryPeriodMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told of each attempt that was answered whether it was refused; undefined: it was granted. */
  readonly onAccess?: (refusal: Refusal | undefined) => void;
}

export interface LeaderCallbacks {
  /**
   * Leadership began. `signal` aborts with NotLeadingError the moment it ends; a promise that is returned should settle
   * soon after. Should it reject, leadership is given up and `run` rejects with the same error.
   */
  onStartedLeading(signal: AbortSignal): Promise<void> | void;
  /** Leadership ended, after `signal` aborted. Not called by a candidate that never led. */
  onStoppedLeading(): void;
}

/** stopped: the caller's signal aborted. lost: the lease could not be kept, or someone else holds it. */
export type LeadershipEnd = 'stopped' | 'lost';

/** Attempts that fail are spread over retryPeriod * [1, 1 + JITTER_FACTOR). client-go's value. */
const JITTER_FACTOR = 1.2;
/**
 * Looks at a lease that is taken are spread over retryPeriod * [0.5, 0.7). A lease counts from when a renewal was seen:
 * with the defaults at most 1.4 s later, so that a candidate leads 16.4 s after a leader that went silent at the latest.
 */
const LOOK_SHARE = 0.5;
const LOOK_JITTER_SHARE = 0.2;
/** A timer may fire a little early. */
const TIMER_GRACE_MS = 10;

/**
 * One candidate for a Lease, with the semantics of client-go's leader election, but that a candidate that waits looks
 * more often and takes over the moment the lease is over.
 *
 * It does not fence: a write that is under way when the lease is lost may still arrive, so every write carries the
 * resourceVersion it was planned from. What it does promise, if clocks of the machines run about equally fast:
 * - `assertLeading` throws from `renewDeadlineMs` after the last renewal was *sent*, which is earlier than any other
 *   candidate may take over. It reads the clock itself, since an event loop that stands still runs no timer.
 * - A lost lease ends leadership for good; the process should end.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #lock: LeaseLock;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  /** Monotonic, before the last successful renewal was sent. undefined while not leading. */
  #renewedMs: number | undefined;
  #refusal: Refusal | undefined;

  /** @throws {RangeError} unless leaseDuration > renewDeadline > 1.2 * retryPeriod > 0, leaseDuration is in whole seconds, and identity is not empty. */
  constructor(options: LeaderElectionOptions) {
    if (options.identity === '') throw new RangeError('Cannot elect a leader: a candidate needs an identity');
    const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
    assertTimes(leaseDurationMs, renewDeadlineMs, retryPeriodMs);
    this.#options = options;
    this.#renewDeadlineMs = renewDeadlineMs;
    this.#retryPeriodMs = retryPeriodMs;
    this.#lock = new LeaseLock({
      ...options,
      leaseDurationSeconds: leaseDurationMs / 1_000,
      requestTimeoutMs: renewDeadlineMs / 2,
    });
  }

  get isLeader(): boolean {
    return this.#options.clock.monotonicMs() < this.#sureUntilMs;
  }

  /** Call before every write. @throws {NotLeadingError} */
  assertLeading(): void {
    if (!this.isLeader) throw new NotLeadingError();
  }

  /**
   * Waits for the lease and keeps it until `signal` aborts or it is lost. When `signal` aborts, waits for the work of
   * `onStartedLeading` to end for as long as the lease is surely ours, and then gives the lease up, so that another
   * candidate takes over at its next attempt.
   */
  async run(callbacks: LeaderCallbacks, signal: AbortSignal): Promise<LeadershipEnd> {
    if (!(await this.#acquire(signal))) return 'stopped';
    const stop = new AbortController();
    const stopForwarding = forwardAbort(signal, stop);
    try {
      return await this.#lead(callbacks, stop);
    } finally {
      stopForwarding();
    }
  }

  /** @returns false if `signal` aborted first. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, logger, identity } = this.#options;
    logger.info({ identity }, 'Waiting for the leader lease');
    let reported: string | undefined;
    for (;;) {
      const attempt = await this.#attempt(Infinity, signal);
      if (signal.aborted) break;
      if (attempt?.kind === 'held' && this.#keep(attempt.sentMs)) return true;
      if (attempt?.kind === 'taken' && attempt.holder !== reported) {
        reported = attempt.holder;
        logger.info({ holder: reported }, 'Another candidate leads');
      }
      if (!(await sleepUnlessAborted(clock, this.#pauseMs(attempt), signal))) break;
    }
    await this.#release();
    return false;
  }

  /** How long a candidate that does not lead waits for its next attempt. */
  #pauseMs(attempt: LeaseAttempt | undefined): number {
    const { clock, random } = this.#options;
    // A server that could not answer is not pressed.
    if (attempt?.kind !== 'taken') return this.#retryPeriodMs * (1 + JITTER_FACTOR * random());
    const lookMs = this.#retryPeriodMs * (LOOK_SHARE + LOOK_JITTER_SHARE * random());
    return Math.min(lookMs, Math.max(0, attempt.untilMs - clock.monotonicMs()) + TIMER_GRACE_MS);
  }

  async #lead(callbacks: LeaderCallbacks, stop: AbortController): Promise<LeadershipEnd> {
    const { logger, identity } = this.#options;
    logger.info({ identity }, 'Started leading');
    const leading = new AbortController();
    let failure: { readonly error: unknown } | undefined;
    const work = runWork(callbacks, leading.signal).catch((error: unknown) => {
      // Work that is told to stop may well reject with the reason it was given.
      if (!leading.signal.aborted) failure = { error };
      stop.abort();
    });
    const end = await this.#renewUntilOver(stop.signal);
    const sureUntilMs = this.#sureUntilMs;
    this.#renewedMs = undefined;
    leading.abort(new NotLeadingError());
    if (end === 'stopped') await this.#giveUp(work, sureUntilMs);
    logger.info({ identity, end }, 'Stopped leading');
    callbacks.onStoppedLeading();
    if (failure !== undefined) throw failure.error;
    return end;
  }

  async #renewUntilOver(signal: AbortSignal): Promise<LeadershipEnd> {
    const { clock, logger } = this.#options;
    let attemptedMs = clock.monotonicMs();
    for (;;) {
      const nextMs = Math.min(attemptedMs + this.#retryPeriodMs, this.#sureUntilMs);
      if (!(await sleepUnlessAborted(clock, nextMs - clock.monotonicMs(), signal))) return 'stopped';
      if (!this.isLeader) {
        logger.error({}, 'Lost the leader lease: it could not be renewed in time');
        return 'lost';
      }
      attemptedMs = clock.monotonicMs();
      const attempt = await this.#attempt(this.#sureUntilMs, signal);
      if (signal.aborted) return 'stopped';
      if (attempt?.kind === 'held') this.#keep(attempt.sentMs);
      if (attempt?.kind === 'taken') {
        logger.error({ holder: attempt.holder }, 'Lost the leader lease: another candidate holds it');
        return 'lost';
      }
    }
  }

  /** Waits for the work while nobody else can lead. Work that does not end keeps the lease until it expires by itself. */
  async #giveUp(work: Promise<void>, sureUntilMs: number): Promise<void> {
    const { clock } = this.#options;
    const timer = new AbortController();
    const leftMs = sureUntilMs - clock.monotonicMs();
    const ended = await Promise.race([
      work.then(() => true),
      sleepUnlessAborted(clock, leftMs, timer.signal).then(() => false),
    ]);
    timer.abort();
    if (ended) await this.#release();
  }

  /** Does nothing if the lease is not ours. */
  async #release(): Promise<void> {
    try {
      await this.#lock.release({ untilMs: Infinity });
    } catch (error) {
      this.#options.logger.warn(errorFacts(error), 'Could not give up the leader lease');
    }
  }

  /** @returns undefined if it failed, which is logged, or `signal` aborted. */
  async #attempt(untilMs: number, signal: AbortSignal): Promise<LeaseAttempt | undefined> {
    try {
      const attempt = await this.#lock.acquireOrRenew({ untilMs, signal });
      this.#onAccess(undefined);
      return attempt;
    } catch (error) {
      if (!signal.aborted) this.#reportFailure(error);
      return undefined;
    }
  }

  /** A refusal is logged once in a row. */
  #reportFailure(error: unknown): void {
    const refusal = refusalOf(error);
    const isKnown = refusal !== undefined && refusal === this.#refusal;
    if (!isKnown) this.#options.logger.warn(errorFacts(error), 'Could not acquire or renew the leader lease');
    if (refusal !== undefined) this.#onAccess(refusal);
  }

  #onAccess(refusal: Refusal | undefined): void {
    this.#refusal = refusal;
    this.#options.onAccess?.(refusal);
  }

  /** @returns Whether the lease is still surely ours: an answer may come after its deadline if the process stood still. */
  #keep(sentMs: number): boolean {
    this.#renewedMs = sentMs;
    return this.isLeader;
  }

  get #sureUntilMs(): number {
    return (this.#renewedMs ?? -Infinity) + this.#renewDeadlineMs;
  }
}

async function runWork(callbacks: LeaderCallbacks, signal: AbortSignal): Promise<void> {
  await callbacks.onStartedLeading(signal);
}

/** @returns false if `signal` aborted. */
async function sleepUnlessAborted(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

function assertTimes(leaseDurationMs: number, renewDeadlineMs: number, retryPeriodMs: number): void {
  const ordered =
    leaseDurationMs > renewDeadlineMs && renewDeadlineMs > JITTER_FACTOR * retryPeriodMs && retryPeriodMs > 0;
  if (ordered && Number.isInteger(leaseDurationMs / 1_000)) return;
  throw new RangeError(
    `Cannot elect a leader: want whole seconds of lease > renew deadline > ${JITTER_FACTOR} * retry period > 0, ` +
      `got ${leaseDurationMs}, ${renewDeadlineMs} and ${retryPeriodMs} ms`,
  );
}
