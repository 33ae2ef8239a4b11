import type { KeyIdentity } from '../../sealing/ledger.ts';
import { ownerOf } from './place-state.ts';

/** A key's hold on a place. */
export interface Claim {
  /** "<kind>/<namespace>/<name>" of the key. */
  readonly owner: string;
  /** An object declared anew under another project is another key: it may leave a hold of the same owner behind. */
  readonly project: string;
  /** When the ledger took the place: RFC 3339 with whole seconds. */
  readonly since: string;
}

export function claimOf(key: KeyIdentity, since: string): Claim {
  return { owner: ownerOf(key), project: key.project, since };
}

/**
 * Negative if `one` goes before `other`: the older claim, of the same second the one whose owner and then project
 * sorts first. Total, since (project, kind, name) is unique: however many keys claim a place, each of them sees the
 * same winner.
 */
export function compareClaims(one: Claim, other: Claim): number {
  return (
    Date.parse(one.since) - Date.parse(other.since) ||
    compareText(one.owner, other.owner) ||
    compareText(one.project, other.project)
  );
}

/** Does the same declaration claim? */
export function isSameKey(one: KeyIdentity, other: KeyIdentity): boolean {
  return one.project === other.project && ownerOf(one) === ownerOf(other);
}

/** By code units, as no locale may decide. */
function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
