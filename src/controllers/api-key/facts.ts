import type { ApiKey, ApiKeyStatus } from '../../api/generated/api-key.ts';
import type { EnvironmentEntry, Ledger } from '../../sealing/ledger.ts';
import { claimOf, compareClaims } from '../planning/claims.ts';
import type { EnvironmentFacts } from '../planning/environment-facts.ts';
import type { KeyFacts } from '../planning/key-facts.ts';
import { perFacts } from '../planning/per-facts.ts';
import { placeAt } from '../planning/place-index.ts';
import { placeKey } from '../planning/secret-view.ts';
import type { TargetEnvironment } from '../planning/targets.ts';
import {
  DEFAULT_OVERLAP_MS,
  DEFAULT_RECOVERY_WINDOW_MS,
  outputTargets,
  recoveryWindowMs,
  targetEnvironments,
} from './spec.ts';
import { wantedOpaqueSecret } from './wanted.ts';

/** All that planning one ApiKey may look at: a snapshot, never changed. */
export interface ApiKeyFacts extends KeyFacts {
  /** Undefined: only a record is there (an orphan or a tombstone). */
  readonly object: ApiKey | undefined;
  /**
   * The object's status, or what is known of it, unless it is somebody's edit. What the ledger cannot tell (scopes of
   * a frozen key, versions while the record is lost) may be taken from here and from nowhere else.
   */
  readonly believedStatus: ApiKeyStatus | undefined;
  /** Others keep changing the object, so that this pass could not write to it. */
  readonly isContested?: boolean;
}

/** Facts of a key whose object is there. */
export interface DeclaredFacts extends ApiKeyFacts {
  readonly object: ApiKey;
}

/** The environments the spec names, resolved; none while the project is not ours to read. */
export const targetsOf: (facts: DeclaredFacts) => readonly TargetEnvironment[] = perFacts(({ object, project, now }) =>
  project.kind === 'Ours'
    ? targetEnvironments(object.spec, project.project.spec, project.environments, now)
    : targetEnvironments(object.spec, undefined, [], now),
);

/** The ledger's entries; none before the first mint, and none while the record is another namespace's. */
export function entriesOf(facts: Pick<ApiKeyFacts, 'record' | 'identity'>): readonly EnvironmentEntry[] {
  return facts.record.kind === 'Valid' && mayWriteRecord(facts) ? facts.record.ledger.environments : [];
}

/** Is the record this key's own, or a settled tombstone that passes to it? */
export function mayWriteRecord({ record, identity }: Pick<ApiKeyFacts, 'record' | 'identity'>): boolean {
  if (record.kind !== 'Valid' || record.ledger.namespace === identity.namespace) return true;
  return isSettledTombstone(record.ledger);
}

/** Nothing is sealed, retained or owed there any more: the name is free for the next namespace, and the counter goes on. */
function isSettledTombstone({ phase, environments }: Ledger): boolean {
  return (
    phase === 'Withdrawn' &&
    environments.every(({ destroyAt, places }) => destroyAt === undefined && places.length === 0)
  );
}

/** Narrows the facts of a key to one of its environments. */
export function environmentFacts(
  facts: ApiKeyFacts,
  entry: EnvironmentEntry | undefined,
  target: TargetEnvironment | undefined,
  mayMint: boolean,
): EnvironmentFacts {
  const { object, project, record, observations, claims, identity } = facts;
  const spec = object?.spec;
  const projectSpec = project.kind === 'Ours' ? project.project.spec : undefined;
  return {
    now: facts.now,
    entry,
    target,
    mayMint,
    outputs: spec === undefined ? [] : outputTargets(spec, identity.name, projectSpec),
    wantsSigningSecret: spec?.signingSecret !== undefined,
    recoverable: spec?.recoverable === true,
    isLive: facts.isLive,
    // Without its object an orphan is withdrawn by an admin; the declared window went with the object.
    recoveryWindowMs: spec === undefined ? DEFAULT_RECOVERY_WINDOW_MS : recoveryWindowMs(spec),
    overlapMs: DEFAULT_OVERLAP_MS,
    isSealed: (ref) =>
      record.kind === 'Valid' &&
      record.sealed.some(
        (known) => known.environment === ref.environment && known.version === ref.version && known.field === ref.field,
      ),
    observe: (place) => observations.get(placeKey(place)),
    isClaimedByOther: (place) => {
      const key = placeKey(place);
      const claim = claims.get(key);
      if (claim === undefined) return false;
      const own = entry === undefined ? undefined : placeAt(entry.places, key);
      return own === undefined || compareClaims(claim, claimOf(identity, own.since)) < 0;
    },
    wantedSecret: (place, environment, version, wantedAt) =>
      wantedOpaqueSecret(
        { identity, company: projectSpec?.company },
        place,
        environment.name,
        version,
        wantedAt.expiresAt,
      ),
  };
}
