import { ADOPT_ANNOTATION, LAYOUT_ANNOTATION } from '../../api/labels.ts';
import { currentLayout, withoutPrevious } from '../../delivery/previous.ts';
import type { Place } from '../../sealing/ledger.ts';
import type { Format } from '../../keys/crypto/formats/table.ts';
import type { SecretView } from './secret-view.ts';

/** A Secret as it has to be, with digests instead of bytes. */
export interface WantedSecret {
  readonly place: Place;
  readonly environment: string;
  readonly version: number;
  readonly keyId: string;
  /** RFC 3339; undefined for none. */
  readonly expiresAt: string | undefined;
  /** The version that is delivered beside the current one, until its time is over. Its material is sealed. */
  readonly previous?: PreviousVersion;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  /** All of ours but the proof, which the writer adds. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Data key to hex SHA-256 of its value; no other data key may be there. Empty where the values are rendered. */
  readonly digests: Readonly<Record<string, string>>;
  /** The same for values whose digest nobody keeps, such as an imported token: data key to keyed hash. Absent: none. */
  readonly keyed?: Readonly<Record<string, string>>;
  /** Values that only the sealed material can tell: the proof, which covers them, says whether they are as written. */
  readonly rendering?: KeyRendering;
}

/** What of a superseded version is delivered, under data keys of its own. */
export interface PreviousVersion {
  readonly version: number;
  readonly keyId: string;
  readonly hasSigningSecret: boolean;
  readonly rendering?: KeyRendering;
}

/** What is made of sealed crypto material. */
export interface KeyRendering {
  /** Key: the formats. Passphrase: what the key is protected with, in a Secret of its own. */
  readonly part: 'Key' | 'Passphrase';
  readonly formats: readonly Format[];
  /** Of the entry in a key store. */
  readonly alias: string;
  readonly isProtected: boolean;
}

/**
 * Is the Secret just as wanted? Labels and annotations of others do not count; data keys of others do.
 * The proof must verify for this very claim and contents; its sequence may be an older one. `immutable` does not
 * count: a policy may set it on every Secret, and what is as wanted need not change.
 */
export function fits(secret: SecretView, wanted: WantedSecret): boolean {
  return (
    secret.type === wanted.type &&
    !secret.deleting &&
    isProofFor(secret.proof, wanted) &&
    secret.annotations[ADOPT_ANNOTATION] === undefined &&
    includesAll(secret.labels, wanted.labels) &&
    includesAll(secret.annotations, wanted.annotations) &&
    holdsJust(secret, wanted)
  );
}

/**
 * Is the Secret as wanted, but for a superseded version that it still holds after its time? The proof vouches that we
 * put that there, so that it goes as planned, and nothing is amiss with the current one.
 */
export function fitsButForPrevious(secret: SecretView, wanted: WantedSecret): boolean {
  const digests = withoutPrevious(secret.digests);
  const holdsPrevious = Object.keys(digests).length < Object.keys(secret.digests).length;
  if (!holdsPrevious || wanted.previous !== undefined) return false;
  const layout = secret.annotations[LAYOUT_ANNOTATION];
  const annotations =
    layout === undefined ? secret.annotations : { ...secret.annotations, [LAYOUT_ANNOTATION]: currentLayout(layout) };
  return fits({ ...secret, digests, annotations }, wanted);
}

/** Does it hold the wanted data and no other? */
function holdsJust(secret: SecretView, wanted: WantedSecret): boolean {
  const { digests, otherDataKeys } = secret;
  if (wanted.rendering !== undefined) return otherDataKeys === 0 && Object.keys(digests).length > 0;
  const keyed = Object.keys(wanted.keyed ?? {});
  return (
    otherDataKeys === 0 &&
    includesAll(digests, wanted.digests) &&
    keyed.every((key) => holdsWanted(secret, wanted, key)) &&
    Object.keys(digests).length === Object.keys(wanted.digests).length + keyed.length
  );
}

/** Does a Secret hold, under one data key, what is wanted there? */
export function holdsWanted({ digests, isKeyedDigest }: SecretView, wanted: WantedSecret, key: string): boolean {
  const digest = digests[key];
  const hash = wanted.keyed?.[key];
  return hash === undefined ? digest === wanted.digests[key] : digest !== undefined && isKeyedDigest(digest, hash);
}

function isProofFor(proof: SecretView['proof'], { environment, version, keyId }: WantedSecret): boolean {
  return (
    proof?.isIntact === true && proof.environment === environment && proof.version === version && proof.keyId === keyId
  );
}

/** A Secret whose type is wrong or which is immutable can only be deleted and made anew. */
export function mustBeRecreated(secret: SecretView, wanted: WantedSecret): boolean {
  return secret.type !== wanted.type || secret.immutable;
}

function includesAll(actual: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => actual[key] === value);
}
