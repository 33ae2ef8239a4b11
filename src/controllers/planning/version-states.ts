import { isLiveVersion, type EnvironmentEntry, type VersionEntry } from '../../sealing/ledger.ts';
import { timestamp, type EnvironmentFacts } from './environment-facts.ts';
import { withoutPublicText } from './public-texts.ts';

/** How versions pass from one state into the next. Pure; nothing here asks why. */

/**
 * The current version becomes Retiring; an older one that still retires leaves at once: two live versions at most.
 * Without an overlap its time has come with this write, and it goes as soon as the new one is delivered.
 */
export function supersede(
  { now, overlapMs }: Pick<EnvironmentFacts, 'now' | 'overlapMs'>,
  versions: readonly VersionEntry[],
): readonly VersionEntry[] {
  const time = timestamp(now);
  return versions.map((version): VersionEntry => {
    if (version.state === 'Retiring') return ended(version, time, 'Retired');
    if (version.state !== 'Current') return version;
    const over = overlapMs === 0 ? { retireAt: time } : {};
    return { ...version, state: 'Retiring', stateSince: time, ...over };
  });
}

/** Every live version goes at once. */
export function retireAll(entry: EnvironmentEntry, now: Date): EnvironmentEntry {
  return retireWhere(entry, now, isLiveVersion);
}

/** Those versions go at once. The same reference as before when there is none. */
export function retireWhere(
  entry: EnvironmentEntry,
  now: Date,
  isMeant: (version: VersionEntry) => boolean,
): EnvironmentEntry {
  return endWhere(entry, now, isMeant, 'Retired');
}

/** Those versions are refused for good. The same reference as before when there is none. */
export function revokeWhere(
  entry: EnvironmentEntry,
  now: Date,
  isMeant: (version: VersionEntry) => boolean,
): EnvironmentEntry {
  return endWhere(entry, now, isMeant, 'Revoked');
}

type End = Extract<VersionEntry['state'], 'Retired' | 'Revoked'>;

function endWhere(
  entry: EnvironmentEntry,
  now: Date,
  isMeant: (version: VersionEntry) => boolean,
  end: End,
): EnvironmentEntry {
  if (!entry.versions.some(isMeant)) return entry;
  const time = timestamp(now);
  return {
    ...entry,
    versions: entry.versions.map((version) => (isMeant(version) ? ended(version, time, end) : version)),
  };
}

/** Out of force for good. */
function ended(version: VersionEntry, now: string, state: End): VersionEntry {
  const { retireAt: _due, signingSecret: _gone, ...rest } = withoutPublicText(version);
  return { ...rest, state, stateSince: now };
}

/** Is the version out of force, or forgotten? */
export function isDead(entry: EnvironmentEntry, version: number): boolean {
  return !entry.versions.some((known) => known.version === version && isLiveVersion(known));
}
