import {
  isLiveVersion,
  type EnvironmentEntry,
  type Ledger,
  type Revocation,
  type VersionEntry,
} from '../../sealing/ledger.ts';
import { revokedThrough } from '../../sealing/revoked-versions.ts';
import type { MaterialRef } from '../../sealing/sealed-material.ts';
import { timestamp } from './environment-facts.ts';
import { combineEdits, headChange, type EnvironmentEdit, type RecordChange } from './record-change.ts';
import { revokeWhere } from './version-states.ts';

/** What a spec says. Absent `throughVersion`: the whole key. */
export type DeclaredRevocation = Omit<Revocation, 'since'>;

/**
 * The stricter of what the ledger remembers and what the spec says now: taking a revocation back, or lowering it,
 * changes nothing. Pure.
 */
export function effectiveRevocation(
  remembered: Revocation | undefined,
  declared: DeclaredRevocation | undefined,
  now: Date,
): Revocation | undefined {
  if (declared === undefined || revokedThrough(declared) <= revokedThrough(remembered)) return remembered;
  const { reason, throughVersion } = declared;
  return { reason, since: timestamp(now), ...(throughVersion !== undefined && { throughVersion }) };
}

/**
 * What a spec says, unless it names a version that was never given out: that is a slip, and would take back what comes
 * later. @param last The highest number that any version may have.
 */
export function withoutSlip(declared: DeclaredRevocation | undefined, last: number): DeclaredRevocation | undefined {
  return (declared?.throughVersion ?? 0) > last ? undefined : declared;
}

/** The revocation that one record write follows: it reaches further than what was remembered before. */
export function followedRevocation(
  before: Revocation | undefined,
  after: Revocation | undefined,
): Revocation | undefined {
  return revokedThrough(after) > revokedThrough(before) ? after : undefined;
}

/** Is every version that the environment had taken back, be it by a spec that the ledger has yet to follow? */
export function isTakenBack({ versions }: EnvironmentEntry, through: number): boolean {
  const [newest] = versions;
  return newest !== undefined && newest.version <= through;
}

/** Is every version that the environment had revoked, so that it waits for an order to mint? */
export function isRevokedOut(entry: EnvironmentEntry, through: number): boolean {
  return isTakenBack(entry, through) && !entry.versions.some(isLiveVersion);
}

/** The record write that makes a revocation final: nothing of those versions stays sealed. Undefined: it is done. */
export function planRevocation(
  ledger: Ledger,
  revocation: Revocation | undefined,
  now: Date,
  sealed: readonly MaterialRef[],
): RecordChange | undefined {
  const through = revokedThrough(revocation);
  const isMeant = (version: VersionEntry): boolean => isLiveVersion(version) && version.version <= through;
  const isKnown = through === revokedThrough(ledger.revocation);
  if (revocation === undefined || (isKnown && !ledger.environments.some(({ versions }) => versions.some(isMeant))))
    return undefined;
  const edits = ledger.environments.map((entry): EnvironmentEdit => {
    const gone = new Set(entry.versions.filter(isMeant).map(({ version }) => version));
    const drop = sealed.filter((ref) => ref.environment === entry.name && gone.has(ref.version));
    return {
      entry: withoutOrder(withoutEmptyWindow(revokeWhere(entry, now, isMeant)), through),
      ...(drop.length > 0 && { drop }),
    };
  });
  const base = { ...ledger, revocation };
  return combineEdits(base, edits) ?? headChange(base);
}

/** An order from before the revocation does not replace what it took back. */
function withoutOrder(entry: EnvironmentEntry, through: number): EnvironmentEntry {
  const { rotationOwed, ...rest } = entry;
  return rotationOwed === true && isRevokedOut(entry, through) ? rest : entry;
}

/** Of a withdrawn environment nothing waits any more once its last version is revoked. */
function withoutEmptyWindow(entry: EnvironmentEntry): EnvironmentEntry {
  const { destroyAt, ...rest } = entry;
  return destroyAt === undefined || entry.versions.some(isLiveVersion) ? entry : rest;
}
