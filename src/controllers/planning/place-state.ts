import { ADOPT_ANNOTATION } from '../../api/labels.ts';
import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import type { EnvironmentEntry, KeyIdentity, Place, VersionEntry } from '../../sealing/ledger.ts';
import { carriesMaterial, holds, type EnvironmentFacts } from './environment-facts.ts';
import { isImportLost } from './mint-checks.ts';
import type { Observation, ProvenClaim, SecretView, UnreachableCause } from './secret-view.ts';
import type { TargetEnvironment } from './targets.ts';
import { tokenSourceFinder, type TokenSource, type TokenSourceFinder } from './token-source.ts';
import { fits, mustBeRecreated, type WantedSecret } from './wanted-secret.ts';

/** One Secret write. */
export interface DeliveryTarget {
  readonly verb: 'Create' | 'Update' | 'Recreate';
  readonly wanted: WantedSecret;
  readonly source: TokenSource;
  /** Absent for Create: what is replaced, with the preconditions of the write. */
  readonly replaces: SecretView | undefined;
}

/**
 * What one place needs.
 * - Conflict: a Secret of the name is not provably ours, or another key holds the name.
 * - Unclaimed: the ledger does not hold the place yet and nothing stands in the way of it.
 * - SourceMissing: an imported token is in no Secret any more, and only its source can give it back.
 * - MaterialMissing: the record has lost a crypto key, which comes from nowhere else. Where keys are imported, none is
 *   made by order.
 * - Waiting: nothing to take the token from until places that cannot be read now can be; or it has to be sealed first.
 */
export type PlaceState =
  | { readonly kind: 'Fits' }
  | { readonly kind: 'Deliver'; readonly target: DeliveryTarget }
  | { readonly kind: 'Conflict' }
  | { readonly kind: 'Unclaimed' }
  | { readonly kind: 'NamespaceMissing' }
  | { readonly kind: 'NamespaceTerminating' }
  | { readonly kind: 'Unreachable'; readonly cause: UnreachableCause }
  | { readonly kind: 'SourceMissing' }
  | { readonly kind: 'MaterialMissing'; readonly isImported: boolean }
  | { readonly kind: 'Waiting' };

/**
 * Judges one held place of an environment's current version.
 * @param sourceOf Shared by the places of the environment.
 */
export function placeState(
  facts: EnvironmentFacts,
  identity: KeyIdentity,
  entry: EnvironmentEntry,
  version: VersionEntry,
  target: TargetEnvironment,
  place: Place,
  sourceOf: TokenSourceFinder = tokenSourceFinder(facts, entry, version),
): PlaceState {
  const wanted = facts.wantedSecret(place, entry, version, target);
  const deliver = (verb: DeliveryTarget['verb'], replaces: SecretView | undefined): PlaceState => {
    const source = sourceOf(wanted);
    if (source === undefined && wanted.rendering !== undefined)
      return { kind: 'MaterialMissing', isImported: facts.imported !== undefined };
    if (source === undefined) return { kind: isImportLost(facts, entry, version) ? 'SourceMissing' : 'Waiting' };
    return { kind: 'Deliver', target: { verb, wanted, source, replaces } };
  };
  const seen = facts.observe(place) ?? ({ kind: 'Absent', live: false } as const);
  if (seen.kind === 'Absent') {
    return facts.isClaimedByOther(place) ? { kind: 'Conflict' } : deliver('Create', undefined);
  }
  if (seen.kind !== 'Present') return seen;
  const { secret } = seen;
  if (fits(secret, wanted)) return { kind: 'Fits' };
  if (secret.deleting) return { kind: 'Waiting' };
  if (!isOurs(secret, identity, entry) && !isConsented(secret, ownerOf(identity))) return { kind: 'Conflict' };
  if (!mustBeRecreated(secret, wanted)) return deliver('Update', secret);
  return mustBeSealedFirst(facts, entry, version, seen) ? { kind: 'Waiting' } : deliver('Recreate', secret);
}

/**
 * Deleted, the Secret would leave the token nowhere until the new one is taken, if it ever is. Of a crypto key a Secret
 * could not be sealed: without its material nothing is deleted.
 */
function mustBeSealedFirst(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  version: VersionEntry,
  seen: Observation,
): boolean {
  if (facts.materialField !== 'token') return false;
  const isSealed = facts.isSealed({ environment: entry.name, version: version.version, field: 'token' });
  return !isSealed && carriesMaterial(seen, version);
}

/**
 * Ours: a valid proof of this key; or, as this is a ledger place, its proof or its token is that of a version of
 * this environment. Labels prove nothing, and none that somebody edited takes a Secret from us.
 *
 * @param entry The environment whose ledger entry names the place of the Secret; undefined for no ledger place.
 */
export function isOurs(secret: SecretView, identity: KeyIdentity, entry: EnvironmentEntry | undefined): boolean {
  if (secret.proof !== undefined) return isProofOf(secret.proof, identity);
  if (entry === undefined) return false;
  return entry.versions.some(
    ({ hash, version, keyId }) =>
      holds(secret, OPAQUE_KEYS.token, hash) || secret.proves({ ...identity, environment: entry.name, version, keyId }),
  );
}

/** Does a valid proof name this very key? A key declared anew under another project is another key. */
export function isProofOf(proof: ProvenClaim | undefined, identity: KeyIdentity): boolean {
  return proof !== undefined && proof.project === identity.project && ownerOf(proof) === ownerOf(identity);
}

/**
 * The Secret itself carries the consent of whoever owns it, and no controller owns it.
 *
 * @internal
 */
export function isConsented(secret: SecretView, owner: string): boolean {
  return secret.annotations[ADOPT_ANNOTATION] === owner && !secret.foreignController;
}

/** "<kind>/<namespace>/<name>", as in the annotations owner, adopt and withdraw. */
export function ownerOf({
  kind,
  namespace,
  name,
}: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${kind}/${namespace}/${name}`;
}
