import type { EnvironmentEntry, RotationCause, VersionEntry } from '../../sealing/ledger.ts';
import { currentVersion, isPast } from './environment-facts.ts';
import { isRevokedOut } from './revocation.ts';

/** What spec, project and ledger say of when a key rotates. */
export interface RotationFacts {
  readonly now: Date;
  /** An order to rotate is there that was never followed. */
  readonly isTriggered: boolean;
  /** In milliseconds; undefined: time alone never rotates. */
  readonly intervalMs: number | undefined;
  /** The project's: less time than this never lies between two rotations. In milliseconds. */
  readonly minIntervalMs: number;
  /** Without an overlap nothing is waited for. In milliseconds. */
  readonly overlapMs: number;
  /** The highest version that is refused for good; 0 for none. */
  readonly revokedThrough: number;
  /** The environments that can be given a new version now. */
  readonly environments: readonly EnvironmentEntry[];
}

export interface RotationPlan {
  /** Rotate now, all environments with one number; undefined: not now. */
  readonly cause: RotationCause | undefined;
  /** When the next rotation is due, in milliseconds since 1970; undefined while none is foreseen. */
  readonly nextAt: number | undefined;
}

const NEVER: RotationPlan = { cause: undefined, nextAt: undefined };

/**
 * When a key rotates by order or by time. Pure. An order waits for the end of an overlap and for the project's least
 * interval, and is never dropped; two versions are live at most.
 */
export function planRotation(facts: RotationFacts): RotationPlan {
  const { now, isTriggered, intervalMs, minIntervalMs, overlapMs } = facts;
  const { environments, revokedThrough } = facts;
  // What is refused for good has nobody to wait for.
  const isBereft = environments.some((entry) => isRevokedOut(entry, revokedThrough));
  if (isTriggered && isBereft) return { cause: 'Triggered', nextAt: now.getTime() };
  const current = environments.flatMap((entry) => currentVersion(entry) ?? []);
  if (current.length === 0 || (!isTriggered && intervalMs === undefined)) return NEVER;
  const issued = current.map(({ createdAt }) => Date.parse(createdAt));
  const earliest = Math.max(Math.max(...issued) + minIntervalMs, overlapMs === 0 ? 0 : overlapEnd(facts));
  const wanted = isTriggered ? now.getTime() : Math.min(...issued) + (intervalMs ?? 0);
  const nextAt = Math.max(wanted, earliest);
  if (nextAt > now.getTime()) return { cause: undefined, nextAt: Number.isFinite(nextAt) ? nextAt : undefined };
  return { cause: isTriggered ? 'Triggered' : 'IntervalPassed', nextAt };
}

/** When the last of the superseded versions goes; infinite while it is not known, and past while there is none. */
function overlapEnd({ environments, now }: RotationFacts): number {
  const retiring = environments.flatMap(({ versions }) => versions.filter(({ state }) => state === 'Retiring'));
  return Math.max(0, ...retiring.map((version) => retirement(version, now)));
}

/** One whose time has come is about to go, and is waited for: its Secrets let go of it first. */
function retirement({ retireAt }: VersionEntry, now: Date): number {
  return retireAt === undefined || isPast(retireAt, now) ? Number.POSITIVE_INFINITY : Date.parse(retireAt);
}
