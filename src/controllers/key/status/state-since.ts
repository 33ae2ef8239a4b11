import type { KeyEnvironmentStatus } from '../../../api/key-object.ts';
import type { EnvironmentEntry } from '../../../sealing/ledger.ts';
import type { DeclaredFacts } from '../../planning/key-rules.ts';
import { timestamp } from '../../planning/environment-facts.ts';
import type { TargetEnvironment } from '../../planning/targets.ts';
import { revocationOf } from '../lifecycle.ts';
import { expiryMs } from '../spec.ts';

/** An environment as its status is being written. */
export interface ShownEnvironment {
  readonly state: KeyEnvironmentStatus['state'];
  readonly entry: EnvironmentEntry | undefined;
  readonly target: TargetEnvironment | undefined;
  /** What status said of it until now. */
  readonly before: KeyEnvironmentStatus | undefined;
}

/**
 * Since when an environment is in a state, RFC 3339. Kept for as long as the state is. A state that versions or an
 * expiry bring about began when they did, and says so again after status was lost; any other one begins when it is
 * first shown.
 */
export function stateSince(facts: DeclaredFacts, environment: ShownEnvironment): string {
  const { object, now } = facts;
  const { before, state } = environment;
  const shown = before?.stateSince;
  if (before?.state === state && shown !== undefined) return shown;
  const began = beginningOf(facts, environment);
  if (began === undefined) return timestamp(now);
  // An object that was applied anew begins anew: the ledger may be older.
  const known = later(began, object.metadata.creationTimestamp ?? began);
  // What began before the state that it follows has merely come back.
  return shown === undefined || known >= shown ? known : timestamp(now);
}

/** When versions last changed, or the expiry came; undefined for states that neither brings about. */
function beginningOf(facts: DeclaredFacts, { state, entry, target }: ShownEnvironment): string | undefined {
  switch (state) {
    case 'Active':
    case 'Rotating':
      return newestChange(entry);
    case 'Revoked':
      // The spec is followed by status first, and by the ledger after it.
      return isRevoked(entry) ? newestChange(entry) : revocationOf(facts)?.since;
    case 'Expired':
      return target?.expiresAt === undefined ? undefined : timestamp(new Date(expiryMs(target.expiresAt)));
    default:
      return undefined;
  }
}

function newestChange(entry: EnvironmentEntry | undefined): string | undefined {
  return entry?.versions
    .map((version) => version.stateSince)
    .toSorted()
    .at(-1);
}

function isRevoked(entry: EnvironmentEntry | undefined): boolean {
  return entry?.versions[0]?.state === 'Revoked';
}

/** Of times as stored, which compare as texts. */
function later(one: string, other: string): string {
  return one > other ? one : other;
}
