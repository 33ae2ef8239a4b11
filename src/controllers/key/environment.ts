import type { EnvironmentEntry } from '../../sealing/ledger.ts';
import { isSameMaterial, type MaterialRef } from '../../sealing/sealed-material.ts';
import { claimOf, compareClaims } from '../planning/claims.ts';
import { previousVersion, type EnvironmentFacts } from '../planning/environment-facts.ts';
import { judgedImports } from '../planning/import-checks.ts';
import type { DeclaredFacts, KeyObjectFacts } from '../planning/key-rules.ts';
import { placeAt } from '../planning/place-index.ts';
import { revokedThrough } from '../../sealing/revoked-versions.ts';
import { placeKey } from '../planning/secret-view.ts';
import type { TargetEnvironment } from '../planning/targets.ts';
import { revocationOf, rotationOf } from './lifecycle.ts';
import { DEFAULT_OVERLAP_MS, overlapMs, recoveryWindowMs } from './spec.ts';

type DeclaredPart = Pick<
  EnvironmentFacts,
  'outputs' | 'rotation' | 'revokedThrough' | 'wantsSigningSecret' | 'recoverable' | 'recoveryWindowMs' | 'overlapMs'
>;

/** Without its object an orphan is withdrawn by an admin; what was declared, the window too, went with the object. */
const UNDECLARED: Omit<DeclaredPart, 'recoveryWindowMs'> = {
  outputs: [],
  rotation: undefined,
  revokedThrough: 0,
  wantsSigningSecret: false,
  recoverable: false,
  overlapMs: DEFAULT_OVERLAP_MS,
};

function isDeclared(facts: KeyObjectFacts): facts is DeclaredFacts {
  return facts.object !== undefined;
}

function declaredPart(facts: DeclaredFacts, mayMint: boolean): DeclaredPart {
  const { object, project, rules } = facts;
  const projectSpec = project.kind === 'Ours' ? project.project.spec : undefined;
  return {
    outputs: rules.outputs(object, projectSpec),
    rotation: mayMint ? rotationOf(facts).cause : undefined,
    revokedThrough: revokedThrough(revocationOf(facts)),
    wantsSigningSecret: rules.wantsSigningSecret(object),
    recoverable: rules.isRecoverable(object),
    recoveryWindowMs: recoveryWindowMs(object.spec, rules.defaultRecoveryWindowMs),
    overlapMs: overlapMs(object.spec, projectSpec),
  };
}

/** Narrows the facts of a key to one of its environments. */
export function environmentFacts(
  facts: KeyObjectFacts,
  entry: EnvironmentEntry | undefined,
  target: TargetEnvironment | undefined,
  mayMint: boolean,
): EnvironmentFacts {
  const { object, project, record, observations, claims, identity, rules } = facts;
  const projectSpec = project.kind === 'Ours' ? project.project.spec : undefined;
  const isSealed = (ref: MaterialRef): boolean =>
    record.kind === 'Valid' && record.sealed.some((known) => isSameMaterial(known, ref));
  return {
    now: facts.now,
    entry,
    target,
    mayMint,
    ...(isDeclared(facts)
      ? declaredPart(facts, mayMint)
      : { ...UNDECLARED, recoveryWindowMs: rules.defaultRecoveryWindowMs }),
    materialField: rules.materialField,
    imported: judgedImports(facts).get(target?.name ?? entry?.name ?? ''),
    algorithmDiffers: (version) => object !== undefined && rules.algorithmDiffers(object, version),
    newMaterial: (wanted) => {
      if (object === undefined || projectSpec === undefined) throw new TypeError('Cannot mint: nobody declares it');
      return rules.newMaterial({ ...facts, object, projectSpec }, wanted);
    },
    isLive: facts.isLive,
    isSealed,
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
        {
          place,
          environment: environment.name,
          version,
          expiresAt: wantedAt.expiresAt,
          object,
          previous: previousVersion(environment, { now: facts.now, materialField: rules.materialField, isSealed }),
        },
      ),
  };
}
