import type { Algorithm } from '../keys/crypto/algorithm.ts';
import type { MaterialForm } from '../keys/crypto/material.ts';

/**
 * The ledger: what the operator knows about one key, and the only thing that decides. Status is its
 * projection, Secrets are its deliveries. It is clear JSON under a MAC, so it holds no secret byte: only
 * hashes of tokens with 256 bits of entropy. All times are RFC 3339 in UTC with whole seconds.
 */
export interface Ledger {
  readonly format: 1;
  /** Identity of the key: (project, kind, name). Names the record; never changes. */
  readonly project: string;
  readonly kind: KeyKind;
  readonly name: string;
  /** The author namespace that owns the key now. A settled tombstone may pass to another one. */
  readonly namespace: string;
  /** spec.type, remembered because CEL does not see a delete followed by a create. */
  readonly type: string;
  /**
   * +1 at every write that changes the ledger or what is sealed; wrapping the same DEK under another KEK changes
   * neither. Proofs and status carry it, so a record from an older backup is noticed.
   */
  readonly sequence: number;
  /** The highest version ever minted for this key in any environment. Version numbers never repeat. */
  readonly lastVersion: number;
  /**
   * Withdrawn: the declaring object was deleted; the rest is a tombstone that keeps the counter. Retained: it was
   * deleted and its Secrets stay as they are, until it is applied again or an admin orders their withdrawal.
   */
  readonly phase: 'Active' | 'Withdrawn' | 'Retained';
  readonly createdAt: string;
  /**
   * What asked for a rotation that was done, newest first, as 128 bits of SHA-256 in hex: a text never rotates twice.
   * Absent while there is none.
   */
  readonly triggers?: readonly string[];
  /** What its author took back for good. It only ever grows. */
  readonly revocation?: Revocation;
  /** What is left of revoked versions whose entries are gone, newest first. Absent while there is none. */
  readonly revokedMarks?: readonly string[];
  /** In the order of first mint. */
  readonly environments: readonly EnvironmentEntry[];
}

/** Kinds that have records. */
export const KEY_KINDS = ['ApiKey', 'CryptoKey'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

export interface EnvironmentEntry {
  readonly name: string;
  /**
   * Active: delivered and kept delivered. Withdrawn: taken away by the key's own spec, its deletion, its expiry,
   * or because every namespace left it; sealed material waits until `destroyAt`.
   */
  readonly state: 'Active' | 'Withdrawn';
  /** Present exactly while withdrawn material waits sealed. At this moment it is destroyed. */
  readonly destroyAt?: string;
  /** The key rotated while this environment could not: it rotates as soon as it can. */
  readonly rotationOwed?: true;
  /** Newest first. At most one is Current. */
  readonly versions: readonly VersionEntry[];
  /** Where Secrets of this environment are or may be. Written before the first Secret goes there. */
  readonly places: readonly Place[];
}

/** Why something is refused for good, after RFC 5280 section 5.3.1. */
export const REVOCATION_REASONS = ['Unspecified', 'Compromised', 'Superseded', 'Retired'] as const;

export interface Revocation {
  readonly reason: (typeof REVOCATION_REASONS)[number];
  readonly since: string;
  /** The highest version that is refused; absent: the key as a whole, with all that it could still have. */
  readonly throughVersion?: number;
}

/** Triggers that a ledger remembers. Older ones are forgotten; a text that old may rotate again. */
export const TRIGGERS_KEPT = 256;
/** Versions out of force of which an environment keeps the whole entry. */
export const DEAD_VERSIONS_KEPT = 16;
/** Of revoked versions beyond them: some 60 KiB. Material that was revoked longer ago may be imported again. */
export const REVOKED_MARKS_KEPT = 1024;
/** Environments that a ledger tells of: a key has 16 at a time, and more are kept only while they hold something. */
export const ENVIRONMENTS_KEPT = 64;

/** Why a version was minted, in the order in which causes are asked for. */
export const MINT_CAUSES = [
  'FirstIssue',
  'Triggered',
  'IntervalPassed',
  'ImportChanged',
  'AlgorithmChanged',
  'MaterialLost',
] as const;
export type MintCause = (typeof MINT_CAUSES)[number];
/** Why a key as a whole rotates. */
export type RotationCause = Extract<MintCause, 'Triggered' | 'IntervalPassed'>;

/**
 * - Current: delivered and accepted.
 * - Retiring: superseded, still accepted: until `retireAt`, or for as long as its successor is not delivered.
 * - Retired: the overlap is over.
 * - Revoked: refused for good.
 */
export type VersionState = 'Current' | 'Retiring' | 'Retired' | 'Revoked';

export interface VersionEntry {
  readonly version: number;
  readonly keyId: string;
  /** "sha256:<hex>" of a whole token that we minted; "hmac-sha256:<pepper id>:<hex>" of any other material. */
  readonly hash: string;
  /** Of a token: its printable form, without a secret character. */
  readonly mask?: string;
  /** Of a crypto key: what may be shown of it, and how its sealed bytes are written. */
  readonly crypto?: CryptoEntry;
  /** Present while a signing secret belongs to this version. */
  readonly signingSecret?: SigningSecretEntry;
  readonly cause: MintCause;
  readonly createdAt: string;
  readonly state: VersionState;
  /** When `state` last changed. */
  readonly stateSince: string;
  /** Only while Retiring, once the successor is delivered: when the version stops being accepted. It never moves. */
  readonly retireAt?: string;
}

/** Is the version current, or in its overlap? */
export function isLiveVersion({ state }: Pick<VersionEntry, 'state'>): boolean {
  return state === 'Current' || state === 'Retiring';
}

/**
 * Is it one version of an environment? A key that is shared comes back under its own id and another number to an
 * environment that had given it up.
 */
export function isSameVersion(
  one: Pick<VersionEntry, 'version' | 'keyId'>,
  other: Pick<VersionEntry, 'version' | 'keyId'>,
): boolean {
  return one.version === other.version && one.keyId === other.keyId;
}

/** What there is to tell of a crypto key. Nothing of it is secret; a KCV gives 24 bits away, as auditors ask for it. */
export interface CryptoEntry {
  readonly algorithm: Algorithm;
  readonly form: MaterialForm;
  /** As measured: an imported key may have others than its algorithm is named for. */
  readonly bits: number;
  readonly origin: 'Generated' | 'Imported';
  /** Of an imported key: keyed hash of what the source held. */
  readonly source?: string;
  /** "SHA256:<base64url>" of the SubjectPublicKeyInfo. */
  readonly fingerprint?: string;
  /** RFC 7638. */
  readonly thumbprint?: string;
  /** Hex digits. */
  readonly kcv?: string;
  readonly openpgpFingerprint?: string;
  /** Armoured text. Left out of versions that are no longer in force. */
  readonly publicKey?: string;
}

export interface SigningSecretEntry {
  /** Public id, shown in status. */
  readonly id: string;
  /** "sha256:<hex>" of the whole "whsec_…" text (32 random bytes). */
  readonly hash: string;
  /** Present after spec.signingSecret was removed: until then the bytes stay sealed and may come back. */
  readonly destroyAt?: string;
}

export interface Place {
  readonly namespace: string;
  readonly secretName: string;
  /** Name of the entry in spec.outputs that this Secret is for. */
  readonly output: string;
  /** Held: our Secret is or will be there. Owed: it must go, and is deleted when it can be reached. */
  readonly state: 'Held' | 'Owed';
  /** When this key first claimed the place. The older claim wins a dispute over one Secret name. */
  readonly since: string;
}

/** What the API server's names and our AADs need to know of a key. */
export interface KeyIdentity {
  readonly project: string;
  readonly kind: KeyKind;
  readonly namespace: string;
  readonly name: string;
}
