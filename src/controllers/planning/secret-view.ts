import type { Proven } from '../../sealing/proof.ts';

/**
 * What planning knows of a Secret: everything but its bytes. Values are present only as SHA-256 digests,
 * so the cache holds no token and drift is still seen.
 */
export interface SecretView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly type: string;
  readonly immutable: boolean;
  readonly deleting: boolean;
  /** Ours only, as are annotations: what others put there is read when we write. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Data key of a layout to lowercase hex SHA-256 of the decoded value. */
  readonly digests: Readonly<Record<string, string>>;
  /** How many data keys of others there are. */
  readonly otherDataKeys: number;
  /** Somebody's finalizer would hold it when it is deleted. */
  readonly hasFinalizers: boolean;
  /** Somebody's controller owns it: then not even consent lets us touch it. */
  readonly foreignController: boolean;
  /** What a valid proof annotation on it says; undefined when there is none or it does not verify. */
  readonly proof: ProvenClaim | undefined;
  /** Does its proof annotation prove this claim for its own place, whatever its labels and other annotations say? */
  readonly proves: (claim: LedgerClaim) => boolean;
  /** Is a digest that of the token of a keyed hash? False for all where the peppers are not at hand. */
  readonly isKeyedDigest: (digest: string, hash: string) => boolean;
}

/** A claim as a ledger makes it. */
export type LedgerClaim = Omit<ProvenClaim, keyof Proven>;

/** The variable part of a verified proof; the rest of it equals the Secret's own place and the key it names. */
export interface ProvenClaim extends Proven {
  readonly kind: string;
  readonly project: string;
  readonly namespace: string;
  readonly name: string;
  readonly environment: string;
  readonly version: number;
  readonly keyId: string;
}

/**
 * What is known about one place.
 * - Present, Absent: `live` tells a read of this very pass from a look into the cache. Nothing that
 *   destroys, mints or drops is concluded from a cache.
 * - Unreachable: the API server refused, did not answer, or stores something else; counts as present, and is left
 *   alone for the rest of the pass.
 */
export type Observation =
  | { readonly kind: 'Present'; readonly live: boolean; readonly secret: SecretView }
  | { readonly kind: 'Absent'; readonly live: boolean }
  | { readonly kind: 'NamespaceMissing' }
  | { readonly kind: 'NamespaceTerminating' }
  | { readonly kind: 'Unreachable'; readonly cause: UnreachableCause };

/** Altered: our write was taken, and what was stored is not what we sent. */
export type UnreachableCause = 'Forbidden' | 'QuotaExceeded' | 'DeliveryFailed' | 'Altered';

/** Observations by "<namespace>/<Secret name>". */
export type Observations = ReadonlyMap<string, Observation>;

/** Where a Secret is or may be. */
export interface PlaceRef {
  readonly namespace: string;
  readonly secretName: string;
}

/** The key of an observation. */
export function placeKey(place: PlaceRef): string {
  return `${place.namespace}/${place.secretName}`;
}

/** Of an observation's key. */
export function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
