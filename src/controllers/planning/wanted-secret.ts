import { ADOPT_ANNOTATION } from '../../api/labels.ts';
import type { Place } from '../../sealing/ledger.ts';
import type { SecretView } from './secret-view.ts';

/** A Secret as it has to be, with digests instead of bytes. */
export interface WantedSecret {
  readonly place: Place;
  readonly environment: string;
  readonly version: number;
  readonly keyId: string;
  /** RFC 3339; undefined for none. */
  readonly expiresAt: string | undefined;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  /** All of ours but the proof, which the writer adds. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Data key to hex SHA-256 of its value; no other data key may be there. */
  readonly digests: Readonly<Record<string, string>>;
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

/** Does it hold the wanted data and no other? */
function holdsJust({ digests, otherDataKeys }: SecretView, wanted: WantedSecret): boolean {
  return (
    otherDataKeys === 0 &&
    includesAll(digests, wanted.digests) &&
    Object.keys(digests).length === Object.keys(wanted.digests).length
  );
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
