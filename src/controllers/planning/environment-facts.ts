import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import { digestOfHash, isPlainHash } from '../../keys/hash.ts';
import type { EnvironmentEntry, Place, RotationCause, SigningSecretEntry, VersionEntry } from '../../sealing/ledger.ts';
import type { MaterialField, MaterialRef } from '../../sealing/sealed-material.ts';
import type { ImportFacts } from './import-facts.ts';
import type { MaterialOrder } from './record-change.ts';
import type { Observation, PlaceRef, SecretView } from './secret-view.ts';
import type { TargetEnvironment } from './targets.ts';
import type { WantedSecret } from './wanted-secret.ts';

/** One Secret per output and namespace. */
export interface OutputTarget {
  readonly name: string;
  /** With the project's prefix. */
  readonly secretName: string;
}

/** All that planning one environment of one key may look at. */
export interface EnvironmentFacts {
  readonly now: Date;
  /** What the ledger says; undefined before the first mint here. */
  readonly entry: EnvironmentEntry | undefined;
  /** What spec and project say; undefined when the key's own spec does not name the environment. */
  readonly target: TargetEnvironment | undefined;
  /** The key as a whole may mint: it is accepted and not suspended. */
  readonly mayMint: boolean;
  readonly outputs: readonly OutputTarget[];
  /** What a version cannot be delivered without. */
  readonly materialField: MaterialField;
  /** What the source holds, of an environment that imports. */
  readonly imported: ImportFacts | undefined;
  /** Is the version one that we minted, of another algorithm than spec asks for? */
  readonly algorithmDiffers: (version: VersionEntry) => boolean;
  /** How a version that is minted now is made. */
  readonly newMaterial: (target: TargetEnvironment) => MaterialOrder;
  /** Why the key as a whole rotates in this pass; undefined: it does not. */
  readonly rotation: RotationCause | undefined;
  /** The highest version that is refused for good; infinite for the whole key, 0 for none. */
  readonly revokedThrough: number;
  readonly wantsSigningSecret: boolean;
  readonly recoverable: boolean;
  /** Were the key, its project and every place that can be reached read live in this pass? */
  readonly isLive: boolean;
  readonly recoveryWindowMs: number;
  /** How long a superseded version stays valid. */
  readonly overlapMs: number;
  readonly isSealed: (ref: MaterialRef) => boolean;
  readonly observe: (place: PlaceRef) => Observation | undefined;
  /** Does another key hold an older claim on the place? */
  readonly isClaimedByOther: (place: PlaceRef) => boolean;
  /** @param version The current one. Where it has superseded another, that one stands beside it. */
  readonly wantedSecret: (
    place: Place,
    entry: EnvironmentEntry,
    version: VersionEntry,
    target: TargetEnvironment,
  ) => WantedSecret;
}

/**
 * The version that consumers may still use, and that is delivered beside the current one. Without sealed material it is
 * accepted all the same, and only not delivered.
 */
export function previousVersion(
  { versions, name }: EnvironmentEntry,
  { now, materialField, isSealed }: Pick<EnvironmentFacts, 'now' | 'materialField' | 'isSealed'>,
): VersionEntry | undefined {
  const retiring = versions.find(({ state }) => state === 'Retiring');
  if (retiring === undefined || isPast(retiring.retireAt, now)) return undefined;
  return isSealed({ environment: name, version: retiring.version, field: materialField }) ? retiring : undefined;
}

/** The version consumers should use now; undefined before the first mint and after withdrawn material is destroyed. */
export function currentVersion(entry: EnvironmentEntry | undefined): VersionEntry | undefined {
  return entry?.versions.find((version) => version.state === 'Current');
}

/** Does a Secret hold, under a data key, the value that hashes to `hash`, plain or keyed? */
export function holds({ digests, isKeyedDigest }: SecretView, key: string, hash: string): boolean {
  const digest = digests[key];
  if (digest === undefined) return false;
  return isPlainHash(hash) ? digest === digestOfHash(hash) : isKeyedDigest(digest, hash);
}

/** Does a Secret seen at a place hold the material of this version? What is rendered is vouched for by its proof. */
export function carriesMaterial(observation: Observation | undefined, version: VersionEntry): boolean {
  if (carries(observation, OPAQUE_KEYS.token, version.hash)) return true;
  const proof = observation?.kind === 'Present' ? observation.secret.proof : undefined;
  const isProven = proof?.isIntact === true && proof.version === version.version && proof.keyId === version.keyId;
  return isProven && !isPlainHash(version.hash);
}

/** Does a Secret seen at a place hold this signing secret? */
export function carriesSigningSecret(observation: Observation | undefined, secret: SigningSecretEntry): boolean {
  return carries(observation, OPAQUE_KEYS.signingSecret, secret.hash);
}

function carries(observation: Observation | undefined, key: string, hash: string): boolean {
  return observation?.kind === 'Present' && holds(observation.secret, key, hash);
}

/** RFC 3339 in UTC with whole seconds, as ledger and status hold times. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `milliseconds` after `date`, as a stored time. */
export function timestampAfter(date: Date, milliseconds: number): string {
  return timestamp(new Date(date.getTime() + milliseconds));
}

/** Has a stored time come? An absent time never comes. */
export function isPast(time: string | undefined, now: Date): boolean {
  return time !== undefined && Date.parse(time) <= now.getTime();
}
