import type { EnvironmentEntry, Place } from '../../sealing/ledger.ts';
import type { MaterialRef } from '../../sealing/sealed-material.ts';
import { carriesMaterial, currentVersion, type EnvironmentFacts } from './environment-facts.ts';
import type { MintFacts } from './mint-checks.ts';
import type { EnvironmentEdit } from './record-change.ts';
import type { TargetEnvironment } from './targets.ts';
import { fits, mustBeRecreated } from './wanted-secret.ts';

/**
 * Places whose Secret carries a token that is not sealed and can only be deleted and made anew. Nothing may carry the
 * token between the two calls, and the second one may be refused: so it is sealed before. What is rendered cannot be
 * sealed from a Secret: it comes from the record, or its Secret stays as it is.
 */
export function unsealedRecreations(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  target: TargetEnvironment,
): readonly Place[] {
  const version = currentVersion(entry);
  if (version === undefined || entry.state !== 'Active' || target.suspended || target.expired) return [];
  const ref: MaterialRef = { environment: entry.name, version: version.version, field: facts.materialField };
  if (facts.materialField !== 'token' || facts.isSealed(ref)) return [];
  return entry.places.filter((place) => {
    const seen = facts.observe(place);
    if (place.state !== 'Held' || seen?.kind !== 'Present' || !carriesMaterial(seen, version)) return false;
    const wanted = facts.wantedSecret(place, entry, version, target);
    return !fits(seen.secret, wanted) && mustBeRecreated(seen.secret, wanted);
  });
}

/** Seals the token of Secrets that are to be made anew. Only live looks count. */
export function sealBeforeRecreation(facts: MintFacts, entry: EnvironmentEntry): Pick<EnvironmentEdit, 'seal'> {
  const version = currentVersion(entry);
  const places = unsealedRecreations(facts, entry, facts.target).filter((place) => {
    const seen = facts.observe(place);
    return seen?.kind === 'Present' && seen.live;
  });
  if (version === undefined || places.length === 0) return {};
  const ref = { environment: entry.name, version: version.version, field: 'token' } as const;
  return { seal: { ...ref, hash: version.hash, places, isSeen: true } };
}
