import { ADOPT_ANNOTATION } from '../../api/labels.ts';
import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import type { EnvironmentEntry, KeyIdentity, Place, VersionEntry } from '../../sealing/ledger.ts';
import type { EnvironmentFacts } from './environment-facts.ts';
import { placeKey, type ProvenClaim, type SecretView, type UnreachableCause } from './secret-view.ts';
import type { TargetEnvironment } from './targets.ts';
import { fits, mustBeRecreated, type WantedSecret } from './wanted-secret.ts';

/** Where bytes that are not sealed come from. */
export type TokenSource =
  | { readonly kind: 'Sealed' }
  /** A Secret that carries the token: the very one to repair, or one beside it. */
  | { readonly kind: 'Secret'; readonly namespace: string; readonly secretName: string };

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
 * - Waiting: nothing to take the token from until places that cannot be read now can be.
 */
export type PlaceState =
  | { readonly kind: 'Fits' }
  | { readonly kind: 'Deliver'; readonly target: DeliveryTarget }
  | { readonly kind: 'Conflict' }
  | { readonly kind: 'NamespaceMissing' }
  | { readonly kind: 'NamespaceTerminating' }
  | { readonly kind: 'Unreachable'; readonly cause: UnreachableCause }
  | { readonly kind: 'Waiting' };

/** Judges one held place of an environment's current version. */
export function placeState(
  facts: EnvironmentFacts,
  identity: KeyIdentity,
  entry: EnvironmentEntry,
  version: VersionEntry,
  target: TargetEnvironment,
  place: Place,
): PlaceState {
  const wanted = facts.wantedSecret(place, entry, version, target);
  const seen = facts.observe(place) ?? ({ kind: 'Absent', live: false } as const);
  if (seen.kind === 'Absent') {
    return facts.isClaimedByOther(place)
      ? { kind: 'Conflict' }
      : deliver(facts, entry, version, 'Create', wanted, undefined);
  }
  if (seen.kind !== 'Present') return seen;
  const { secret } = seen;
  if (fits(secret, wanted)) return { kind: 'Fits' };
  if (secret.deleting) return { kind: 'Waiting' };
  if (!isOurs(secret, identity, entry) && !isConsented(secret, ownerOf(identity))) return { kind: 'Conflict' };
  return deliver(facts, entry, version, mustBeRecreated(secret, wanted) ? 'Recreate' : 'Update', wanted, secret);
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
  const tokenHash = `sha256:${secret.digests['token'] ?? ''}`;
  return entry.versions.some(
    ({ hash, version, keyId }) =>
      hash === tokenHash || secret.proves({ ...identity, environment: entry.name, version, keyId }),
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

function deliver(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  version: VersionEntry,
  verb: DeliveryTarget['verb'],
  wanted: WantedSecret,
  replaces: SecretView | undefined,
): PlaceState {
  const source = tokenSource(facts, entry, version, wanted);
  return source === undefined ? { kind: 'Waiting' } : { kind: 'Deliver', target: { verb, wanted, source, replaces } };
}

/** Sealed, if all of it is; else the Secret to repair when it still has what is not sealed; else any sibling that has. */
function tokenSource(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  version: VersionEntry,
  { place, digests }: WantedSecret,
): TokenSource | undefined {
  const unsealed = MATERIAL_FIELDS.map(({ field, key }) => ({
    ref: { environment: entry.name, version: version.version, field },
    key,
  }))
    .filter(({ ref, key }) => digests[key] !== undefined && !facts.isSealed(ref))
    .map(({ key }) => key);
  if (unsealed.length === 0) return { kind: 'Sealed' };
  const own = placeKey(place);
  const [first] = entry.places
    .filter((candidate) => {
      const seen = facts.observe(candidate);
      return seen?.kind === 'Present' && unsealed.every((key) => seen.secret.digests[key] === digests[key]);
    })
    .toSorted((one, other) => Number(placeKey(other) === own) - Number(placeKey(one) === own));
  return first === undefined ? undefined : { kind: 'Secret', namespace: first.namespace, secretName: first.secretName };
}

const MATERIAL_FIELDS = [
  { field: 'token', key: OPAQUE_KEYS.token },
  { field: 'signingSecret', key: OPAQUE_KEYS.signingSecret },
] as const;
