import {
  isLiveVersion,
  type EnvironmentEntry,
  type Ledger,
  type VersionEntry,
  type VersionState,
} from '../../sealing/ledger.ts';

/** What one record write did to versions and environments that were there before. Pure. */

export interface ChangedVersion extends Pick<VersionEntry, 'version' | 'keyId'> {
  readonly environment: string;
}

/** Versions that were in another state. @param before The entries that the write changed. */
export function versionsThatBecame(
  state: VersionState,
  before: readonly EnvironmentEntry[],
  { environments }: Ledger,
): readonly ChangedVersion[] {
  return environments.flatMap(({ name: environment, versions }) => {
    const known = before.find(({ name }) => name === environment)?.versions ?? [];
    const wasOther = ({ version }: VersionEntry): boolean =>
      known.some((one) => one.version === version && one.state !== state);
    return versions
      .filter((one) => one.state === state && wasOther(one))
      .map(({ version, keyId }) => ({ environment, version, keyId }));
  });
}

/** Environments that were taken away. @param before The entries that the write changed. */
export function environmentsWithdrawn(
  before: readonly EnvironmentEntry[],
  { environments }: Ledger,
): readonly EnvironmentEntry[] {
  return environments.filter((entry) => entry.state === 'Withdrawn' && entryBefore(before, entry)?.state === 'Active');
}

/**
 * Environments that were taken away and have a version again that they had before. One whose versions are out of force
 * by now merely gets a new one. @param before The entries that the write changed.
 */
export function environmentsRestored(
  before: readonly EnvironmentEntry[],
  { environments }: Ledger,
): readonly EnvironmentEntry[] {
  return environments.filter((entry) => {
    const was = entryBefore(before, entry);
    if (entry.state !== 'Active' || was?.state !== 'Withdrawn') return false;
    const kept = new Set(was.versions.filter(isLiveVersion).map(({ version }) => version));
    return entry.versions.some((one) => isLiveVersion(one) && kept.has(one.version));
  });
}

function entryBefore(before: readonly EnvironmentEntry[], { name }: EnvironmentEntry): EnvironmentEntry | undefined {
  return before.find((entry) => entry.name === name);
}
