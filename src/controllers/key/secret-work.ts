import type { Ledger } from '../../sealing/ledger.ts';
import { revokedThrough } from '../../sealing/revoked-versions.ts';
import { currentVersion } from '../planning/environment-facts.ts';
import { perFacts } from '../planning/per-facts.ts';
import { placeAt } from '../planning/place-index.ts';
import { isProofOf, placeState, type DeliveryTarget, type PlaceState } from '../planning/place-state.ts';
import { unsealedRecreations } from '../planning/recreation.ts';
import { isClean } from '../planning/release-plan.ts';
import { isRevokedOut } from '../planning/revocation.ts';
import { placeKey, type PlaceRef, type SecretView } from '../planning/secret-view.ts';
import type { TargetEnvironment } from '../planning/targets.ts';
import { tokenSourceFinder } from '../planning/token-source.ts';
import { entriesOf, mayWriteRecord } from '../planning/key-facts.ts';
import { targetsOf } from './facts.ts';
import { environmentFacts } from './environment.ts';
import type { KeyObjectFacts, DeclaredFacts } from '../planning/key-rules.ts';

/** A Secret to delete: a place the ledger owes, or one that proves to be ours and that no ledger wants. */
export interface WithdrawalTarget {
  readonly namespace: string;
  readonly secretName: string;
  /** Undefined for a Secret at no ledger place: then only its proof makes it ours. */
  readonly environment: string | undefined;
}

/** The state of each wanted place, in the order of spec, namespaces and outputs. */
export interface TargetPlaceState {
  readonly environment: string;
  readonly namespace: string;
  readonly secretName: string;
  readonly state: PlaceState;
}

/** Is there a Secret that can only be deleted and made anew, and whose token is not sealed? */
export function hasUnsealedRecreation(facts: DeclaredFacts): boolean {
  const targets = targetsOf(facts);
  return entriesOf(facts).some((entry) => {
    const target = targets.find(({ name }) => name === entry.name);
    if (target === undefined) return false;
    return unsealedRecreations(environmentFacts(facts, entry, target, false), entry, target).length > 0;
  });
}

/** What every wanted place of an environment needs. One that the ledger does not hold is another key's, or about to be claimed. */
export function placeStates(facts: DeclaredFacts, { name }: TargetEnvironment): readonly TargetPlaceState[] {
  return statesByEnvironment(facts).get(name) ?? [];
}

const statesByEnvironment = perFacts(
  (facts: DeclaredFacts): ReadonlyMap<string, readonly TargetPlaceState[]> =>
    new Map(targetsOf(facts).map((target) => [target.name, statesOf(facts, target)])),
);

function statesOf(facts: DeclaredFacts, target: TargetEnvironment): readonly TargetPlaceState[] {
  const entry = entriesOf(facts).find(({ name }) => name === target.name);
  const version = currentVersion(entry);
  if (entry === undefined || entry.state !== 'Active' || version === undefined) return [];
  const environment = environmentFacts(facts, entry, target, false);
  const sourceOf = tokenSourceFinder(environment, entry, version);
  return target.namespaces
    .filter(({ state }) => state === 'Live')
    .flatMap((namespace) =>
      environment.outputs.map((output): TargetPlaceState => {
        const ref = { namespace: namespace.name, secretName: output.secretName };
        const place = placeAt(entry.places, placeKey(ref));
        const state: PlaceState =
          place?.state === 'Held'
            ? placeState(environment, facts.identity, entry, version, target, place, sourceOf)
            : { kind: environment.isClaimedByOther(ref) ? 'Conflict' : 'Unclaimed' };
        return { environment: target.name, ...ref, state };
      }),
    );
}

/** Secrets to create or repair now. A suspended environment takes nothing new. */
export function deliveries(facts: DeclaredFacts): readonly DeliveryTarget[] {
  return targetsOf(facts)
    .filter(({ suspended, expired }) => !suspended && !expired)
    .flatMap((target) => placeStates(facts, target))
    .flatMap(({ state }) => (state.kind === 'Deliver' ? [state.target] : []));
}

/** Secrets to delete now, those left out that a look of this pass found clean or could not reach. */
export function withdrawals(facts: KeyObjectFacts): readonly WithdrawalTarget[] {
  const entries = entriesOf(facts);
  const owed = entries.flatMap((entry) => {
    const environment = environmentFacts(facts, entry, undefined, false);
    return entry.places
      .filter((place) => place.state === 'Owed' && !isClean(environment, facts.identity, entry, place))
      .filter((place) => isWithinReach(facts, place))
      .map((place): WithdrawalTarget => ({
        namespace: place.namespace,
        secretName: place.secretName,
        environment: entry.name,
      }));
  });
  return [...owed, ...unwanted(facts)];
}

/**
 * A late write of a former leader, or a Secret that came back with a restored namespace. Orphans keep theirs, and so
 * does what was retained, unless it was revoked.
 */
function unwanted(facts: KeyObjectFacts): readonly WithdrawalTarget[] {
  const { record, object } = facts;
  if (record.kind !== 'Valid' || !mayWriteRecord(facts)) return [];
  const { ledger } = record;
  if (object === undefined && ledger.phase === 'Active') return [];
  const known = new Set(ledger.environments.flatMap(({ places }) => places.map(placeKey)));
  return facts.proven
    .filter(({ proof }) => object !== undefined || ledger.phase !== 'Retained' || isRevoked(ledger, proof))
    .map((secret) => ({ namespace: secret.namespace, secretName: secret.name, environment: undefined }))
    .filter((place) => !known.has(placeKey(place)))
    .filter((place) => isWithinReach(facts, place) && !isFoundGone(facts, place));
}

/** By the number that its proof tells, or because nothing of its environment is in force any more. */
function isRevoked({ environments, revocation }: Ledger, proof: SecretView['proof']): boolean {
  const through = revokedThrough(revocation);
  if (proof === undefined) return false;
  const entry = environments.find(({ name }) => name === proof.environment);
  return proof.version <= through || (entry !== undefined && isRevokedOut(entry, through));
}

/** A cache may lag behind: what a live look finds gone, or no longer ours, is nothing to delete. */
function isFoundGone({ observations, identity }: KeyObjectFacts, place: PlaceRef): boolean {
  const seen = observations.get(placeKey(place));
  return seen?.kind === 'Absent' || (seen?.kind === 'Present' && seen.live && !isProofOf(seen.secret.proof, identity));
}

function isWithinReach(facts: KeyObjectFacts, place: PlaceRef): boolean {
  const seen = facts.observations.get(placeKey(place));
  if (seen?.kind === 'Unreachable' || seen?.kind === 'NamespaceTerminating' || seen?.kind === 'NamespaceMissing')
    return false;
  // Its deletion is under way: somebody's finalizer holds it, and a second DELETE changes nothing.
  return !(seen?.kind === 'Present' && seen.live && seen.secret.deleting);
}
