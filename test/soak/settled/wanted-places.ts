import type { KeyObject } from '../../../src/api/key-object.ts';
import type { KeyProject } from '../../../src/api/generated/key-project.ts';
import type { EnvironmentEntry, Ledger, VersionEntry } from '../../../src/sealing/ledger.ts';

/** A Secret that spec and project ask for. */
export interface WantedPlace {
  /** "<namespace>/<name>" */
  readonly place: string;
  readonly environment: string;
  readonly version: number;
  /** Hash of the token or fingerprint of the key. */
  readonly current: string;
  /** Of the version that is still valid beside it. */
  readonly previous: string | undefined;
}

/** An environment of a spec as it stands at one time. */
export interface WantedEnvironment {
  readonly name: string;
  readonly isExpired: boolean;
  /** What was taken away comes back to a suspended key when that is over. */
  readonly isAwaited: boolean;
  /** Absent: nothing was minted, or nothing of it is in force any more. */
  readonly current: VersionEntry | undefined;
  readonly retiring: VersionEntry | undefined;
  /** Whatever was issued is refused, and what replaces it was not ordered; so it is with all there will be of a whole key. */
  readonly isRevoked: boolean;
}

export function wantedEnvironments(
  { spec }: KeyObject,
  ledger: Ledger | undefined,
  now: Date,
): readonly WantedEnvironment[] {
  const revocations = [spec.revocation, ledger?.revocation].flatMap((revocation) => revocation ?? []);
  const isWhole = revocations.some(({ throughVersion }) => throughVersion === undefined);
  return spec.environments.map(({ name, expiresAt }) => {
    const ends = [expiresAt, spec.expiresAt].flatMap((end) => (end === undefined ? [] : [Date.parse(end)]));
    const entry = ledger?.environments.find((one: EnvironmentEntry) => one.name === name);
    const versions = entry?.versions ?? [];
    const newest = versions[0]?.version ?? Number.POSITIVE_INFINITY;
    return {
      name,
      isExpired: ends.some((end) => end <= now.getTime()),
      isAwaited: entry?.state === 'Withdrawn' && spec.suspended === true,
      current: versions.find(({ state }) => state === 'Current'),
      retiring: versions.find(({ state }) => state === 'Retiring'),
      isRevoked: isWhole || newest <= (ledger?.revocation?.throughVersion ?? 0),
    };
  });
}

/** What must be delivered, and nothing else may be. */
export function wantedPlaces(
  { metadata, spec }: KeyObject,
  project: KeyProject,
  environments: readonly WantedEnvironment[],
): readonly WantedPlace[] {
  const prefix = project.spec.policy?.secretNamePrefix ?? '';
  const names = spec.outputs?.map(({ secretName }) => secretName ?? metadata.name) ?? [metadata.name];
  return environments.flatMap(({ name: environment, isExpired, current, retiring }) => {
    if (isExpired || current === undefined) return [];
    const mapped = project.spec.environments.find(({ name }) => name === environment)?.namespaces ?? [];
    return mapped.flatMap((namespace) =>
      names.map((name) => ({
        place: `${namespace}/${prefix}${name}`,
        environment,
        version: current.version,
        current: idOf(current),
        previous: retiring === undefined ? undefined : idOf(retiring),
      })),
    );
  });
}

function idOf({ crypto, hash }: VersionEntry): string {
  return crypto?.fingerprint ?? hash;
}
