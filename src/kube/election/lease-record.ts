import { formatMicroTime } from '../objects/micro-time.ts';
import type { Lease } from '../objects/objects.ts';

/** What a Lease says about its holder. Times are kept as they stand on the wire and never compared with our clock. */
export interface LeaseRecord {
  /** Empty: nobody, the last holder gave it up. */
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  /** How often the holder changed. */
  readonly leaseTransitions: number;
}

export interface Claim {
  readonly identity: string;
  readonly leaseDurationSeconds: number;
  readonly now: Date;
}

/** Reads a Lease of any writer; what is missing counts as empty. */
export function leaseRecordOf(lease: Lease): LeaseRecord {
  const {
    holderIdentity = '',
    leaseDurationSeconds = 0,
    acquireTime,
    renewTime,
    leaseTransitions = 0,
  } = lease.spec ?? {};
  return { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions };
}

export function sameLeaseRecord(a: LeaseRecord, b: LeaseRecord): boolean {
  return (
    a.holderIdentity === b.holderIdentity &&
    a.leaseDurationSeconds === b.leaseDurationSeconds &&
    a.acquireTime === b.acquireTime &&
    a.renewTime === b.renewTime &&
    a.leaseTransitions === b.leaseTransitions
  );
}

/**
 * The record to write to become or stay the holder. A renewal keeps `acquireTime` and `leaseTransitions`; a change
 * of holder sets the one and counts the other up.
 *
 * @param before What the Lease says now; undefined if there is none.
 */
export function claimedRecord(
  before: LeaseRecord | undefined,
  { identity, leaseDurationSeconds, now }: Claim,
): LeaseRecord {
  const time = formatMicroTime(now);
  const claim = { holderIdentity: identity, leaseDurationSeconds, renewTime: time };
  if (before === undefined) return { ...claim, acquireTime: time, leaseTransitions: 0 };
  const { acquireTime, leaseTransitions } = before;
  return before.holderIdentity === identity
    ? { ...claim, acquireTime: acquireTime ?? time, leaseTransitions }
    : { ...claim, acquireTime: time, leaseTransitions: leaseTransitions + 1 };
}

/** The record to write to give the lease up. Candidates of every implementation take it over at once. */
export function releasedRecord(before: LeaseRecord, now: Date): LeaseRecord {
  const time = formatMicroTime(now);
  // The API server refuses a duration of 0.
  return {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: before.leaseTransitions,
  };
}

/** The Lease to write: `lease` with its holder replaced, everything else as it was. */
export function withLeaseRecord(lease: Lease, record: LeaseRecord): Lease {
  const { acquireTime, renewTime, ...rest } = record;
  return {
    ...lease,
    spec: {
      ...lease.spec,
      ...rest,
      ...(acquireTime !== undefined && { acquireTime }),
      ...(renewTime !== undefined && { renewTime }),
    },
  };
}
