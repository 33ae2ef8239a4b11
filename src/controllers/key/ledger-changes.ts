import type { EnvironmentEntry, Ledger, VersionEntry, VersionState } from '../../sealing/ledger.ts';

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

/** Environments that were in another state. @param before The entries that the write changed. */
export function environmentsThatBecame(
  state: EnvironmentEntry['state'],
  before: readonly EnvironmentEntry[],
  { environments }: Ledger,
): readonly EnvironmentEntry[] {
  return environments.filter(
    (entry) => entry.state === state && before.some(({ name, state: was }) => name === entry.name && was !== state),
  );
}
