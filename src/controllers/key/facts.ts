import type { EnvironmentEntry } from '../../sealing/ledger.ts';
import { claimOf, compareClaims } from '../planning/claims.ts';
import type { EnvironmentFacts } from '../planning/environment-facts.ts';
import { perFacts } from '../planning/per-facts.ts';
import { placeAt } from '../planning/place-index.ts';
import { placeKey } from '../planning/secret-view.ts';
import type { TargetEnvironment } from '../planning/targets.ts';
import { DEFAULT_OVERLAP_MS, recoveryWindowMs, targetEnvironments } from './spec.ts';
import type { DeclaredFacts, KeyObjectFacts } from '../planning/key-rules.ts';

/** The environments the spec names, resolved; none while the project is not ours to read. */
export const targetsOf: (facts: DeclaredFacts) => readonly TargetEnvironment[] = perFacts(({ object, project, now }) =>
  targetEnvironments(object.spec, project.kind === 'Ours' ? project.environments : [], now),
);

/** Narrows the facts of a key to one of its environments. */
export function environmentFacts(
  facts: KeyObjectFacts,
  entry: EnvironmentEntry | undefined,
  target: TargetEnvironment | undefined,
  mayMint: boolean,
): EnvironmentFacts {
  const { object, project, record, observations, claims, identity, rules } = facts;
  const projectSpec = project.kind === 'Ours' ? project.project.spec : undefined;
  return {
    now: facts.now,
    entry,
    target,
    mayMint,
    outputs: object === undefined ? [] : rules.outputs(object, projectSpec),
    materialField: rules.materialField,
    imported: facts.imports.get(target?.name ?? entry?.name ?? ''),
    algorithmDiffers: (version) => object !== undefined && rules.algorithmDiffers(object, version),
    newMaterial: (wanted) => {
      if (object === undefined || projectSpec === undefined) throw new TypeError('Cannot mint: nobody declares it');
      return rules.newMaterial({ ...facts, object, projectSpec }, wanted);
    },
    wantsSigningSecret: object !== undefined && rules.wantsSigningSecret(object),
    recoverable: object !== undefined && rules.isRecoverable(object),
    isLive: facts.isLive,
    // Without its object an orphan is withdrawn by an admin; the declared window went with the object.
    recoveryWindowMs:
      object === undefined
        ? rules.defaultRecoveryWindowMs
        : recoveryWindowMs(object.spec, rules.defaultRecoveryWindowMs),
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
      rules.wantedSecret(
        { identity, company: projectSpec?.company },
        place,
        environment.name,
        version,
        wantedAt.expiresAt,
        object,
      ),
  };
}
