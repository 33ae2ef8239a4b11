import {
  DEAD_VERSIONS_KEPT,
  ENVIRONMENTS_KEPT,
  isLiveVersion,
  REVOKED_MARKS_KEPT,
  type EnvironmentEntry,
  type Ledger,
} from '../../sealing/ledger.ts';
import { isRevoked, revokedMark } from '../../sealing/revoked-versions.ts';

/**
 * The ledger without what it need not remember: versions out of force beyond the newest of each environment, and
 * environments beyond the newest of those that hold nothing any more. What was revoked stays known by a mark. Pure;
 * the same reference as before when nothing goes.
 *
 * @param deadKept Versions out of force that each environment keeps; at least one where none is in force.
 */
export function withinBounds(ledger: Ledger, deadKept: number = DEAD_VERSIONS_KEPT): Ledger {
  const kept = keptEnvironments(ledger);
  const environments = kept.map((entry) => withFewer(entry, deadKept));
  if (kept.length === ledger.environments.length && environments.every((entry, at) => entry === kept[at]))
    return ledger;
  const remaining = new Set(environments.flatMap(({ versions }) => versions));
  const marks = ledger.environments
    .flatMap(({ versions }) => versions.filter((version) => !remaining.has(version) && isRevoked(ledger, version)))
    .map(revokedMark);
  const all = [...new Set([...marks, ...(ledger.revokedMarks ?? [])])].slice(0, REVOKED_MARKS_KEPT);
  return { ...ledger, environments, ...(all.length > 0 && { revokedMarks: all }) };
}

function withFewer(entry: EnvironmentEntry, deadKept: number): EnvironmentEntry {
  const dead = entry.versions.filter((version) => !isLiveVersion(version));
  // Without any version it would count as never minted, and be minted although it was revoked.
  const least = dead.length === entry.versions.length ? 1 : 0;
  const room = Math.max(deadKept, least);
  if (dead.length <= room) return entry;
  const kept = new Set(dead.slice(0, room));
  return { ...entry, versions: entry.versions.filter((version) => isLiveVersion(version) || kept.has(version)) };
}

/** In the order of first mint, so that the oldest of those that hold nothing go. */
function keptEnvironments({ environments }: Ledger): readonly EnvironmentEntry[] {
  let surplus = environments.length - ENVIRONMENTS_KEPT;
  return environments.filter((entry) => {
    if (surplus <= 0 || !isEmpty(entry)) return true;
    surplus -= 1;
    return false;
  });
}

function isEmpty({ state, destroyAt, versions, places }: EnvironmentEntry): boolean {
  return state === 'Withdrawn' && destroyAt === undefined && places.length === 0 && !versions.some(isLiveVersion);
}
