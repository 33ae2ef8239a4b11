import type { Clock } from '../../clock.ts';
import { abortable } from '../transport/abortable.ts';
import { isConflict, isNotFound, undefinedIfNotFound } from '../errors/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import { withDeadline } from '../transport/deadline.ts';
import {
  claimedRecord,
  leaseRecordOf,
  releasedRecord,
  sameLeaseRecord,
  withLeaseRecord,
  type LeaseRecord,
} from './lease-record.ts';
import type { Lease } from '../objects/objects.ts';
import { LEASES } from '../objects/resource.ts';

export interface LeaseLockOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Who we are; unique among candidates, also across restarts. */
  readonly identity: string;
  readonly leaseDurationSeconds: number;
  /** Longest wait for one answer, so that a server that hangs does not hold the caller. */
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
}

export interface AttemptOptions {
  readonly signal?: AbortSignal;
  /** Monotonic. No request waits past this moment. */
  readonly untilMs: number;
}

/** What an attempt to get or keep the lease came to. */
export type LeaseAttempt =
  /** We hold it. `sentMs`: monotonic, before the request that says so was sent. */
  | { readonly kind: 'held'; readonly sentMs: number }
  /** Another candidate holds it. `untilMs`: monotonic, when its time is over unless it renews. */
  | { readonly kind: 'taken'; readonly holder: string; readonly untilMs: number };

interface Observation {
  readonly lease: Lease;
  readonly record: LeaseRecord;
  /** Monotonic. When we first saw this record: the start of its duration as far as we can know. */
  readonly sinceMs: number;
}

/**
 * One candidate's view of a Lease, after client-go's leader election: only the local, monotonic time since the record
 * was last seen to change decides whether its holder is gone. So clocks of candidates may disagree by any amount.
 */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  #observed: Observation | undefined;

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /**
   * Becomes or stays the holder if the lease is free, expired or ours.
   * @throws What a request rejected with: nothing is known then, the write may have been applied. Call again.
   */
  async acquireOrRenew(options: AttemptOptions): Promise<LeaseAttempt> {
    const ours = this.#observed;
    if (ours?.record.holderIdentity === this.#options.identity) {
      const renewed = await this.#renewUnseen(ours.lease, options);
      if (renewed !== undefined) return renewed;
    }
    const lease = await this.#read(options);
    if (lease === undefined) return await this.#create(options);
    const observation = this.#observe(lease);
    const untilMs = endOf(observation);
    const { holderIdentity: holder } = observation.record;
    if (this.#isAnother(holder) && untilMs >= this.#options.clock.monotonicMs())
      return { kind: 'taken', holder, untilMs };
    return await this.#claim(lease, options);
  }

  /** Gives the lease up if it is ours, so that another candidate need not wait for it to expire. */
  async release(options: AttemptOptions): Promise<void> {
    try {
      await this.#writeReleased(options);
    } catch (error) {
      if (!isConflict(error)) throw error;
      // A renewal that was interrupted has been applied all the same: its resourceVersion never reached us.
      const lease = await this.#read(options);
      if (lease === undefined) return;
      this.#observe(lease);
      await this.#writeReleased(options);
    }
  }

  /** Renews by what was seen last, without reading: one request in the common case. undefined: read first. */
  async #renewUnseen(lease: Lease, options: AttemptOptions): Promise<LeaseAttempt | undefined> {
    try {
      return await this.#claim(lease, options);
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #read(options: AttemptOptions): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    return await this.#request(options, (call) => client.get(LEASES, { namespace, name }, call)).catch(
      undefinedIfNotFound,
    );
  }

  async #create(options: AttemptOptions): Promise<LeaseAttempt> {
    const { client, namespace, name } = this.#options;
    const bare: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } };
    const lease = withLeaseRecord(bare, this.#claimOn(undefined));
    return await this.#write(options, (call) => client.create(LEASES, lease, call));
  }

  async #claim(before: Lease, options: AttemptOptions): Promise<LeaseAttempt> {
    const lease = withLeaseRecord(before, this.#claimOn(leaseRecordOf(before)));
    return await this.#write(options, (call) => this.#options.client.update(LEASES, lease, call));
  }

  async #write(options: AttemptOptions, send: (call: RequestOptions) => Promise<Lease>): Promise<LeaseAttempt> {
    const sentMs = this.#options.clock.monotonicMs();
    this.#observe(await this.#request(options, send));
    return { kind: 'held', sentMs };
  }

  async #writeReleased(options: AttemptOptions): Promise<void> {
    const { client, clock, identity } = this.#options;
    const observed = this.#observed;
    if (observed?.record.holderIdentity !== identity) return;
    const lease = withLeaseRecord(observed.lease, releasedRecord(observed.record, clock.now()));
    this.#observe(await this.#request(options, (call) => client.update(LEASES, lease, call)));
  }

  #claimOn(before: LeaseRecord | undefined): LeaseRecord {
    const { identity, leaseDurationSeconds, clock } = this.#options;
    return claimedRecord(before, { identity, leaseDurationSeconds, now: clock.now() });
  }

  #isAnother(holder: string): boolean {
    return holder !== '' && holder !== this.#options.identity;
  }

  /** Keeps what was read or written. The time moves only with the record: a changed label renews nobody's lease. */
  #observe(lease: Lease): Observation {
    const record = leaseRecordOf(lease);
    const before = this.#observed;
    const unchanged = before !== undefined && sameLeaseRecord(before.record, record);
    this.#observed = { lease, record, sinceMs: unchanged ? before.sinceMs : this.#options.clock.monotonicMs() };
    return this.#observed;
  }

  async #request<T>({ signal, untilMs }: AttemptOptions, send: (call: RequestOptions) => Promise<T>): Promise<T> {
    const { clock, requestTimeoutMs } = this.#options;
    const deadlineMs = Math.max(0, Math.min(requestTimeoutMs, untilMs - clock.monotonicMs()));
    return await withDeadline({ clock, deadlineMs, signal }, (callSignal) =>
      abortable(send({ signal: callSignal, deadlineMs }), callSignal),
    );
  }
}

function endOf({ record, sinceMs }: Observation): number {
  return sinceMs + record.leaseDurationSeconds * 1_000;
}

interface RequestOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}
