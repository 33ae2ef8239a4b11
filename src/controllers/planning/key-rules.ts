import type { Reason } from '../../api/conditions.ts';
import type { KeyObject, KeyStatus, KeyVersionStatus } from '../../api/key-object.ts';
import type { KeyProjectSpec } from '../../api/generated/key-project.ts';
import type { Resource } from '../../kube/objects/resource.ts';
import type { KeyIdentity, KeyKind, Place, VersionEntry } from '../../sealing/ledger.ts';
import type { Part } from '../../sealing/length-prefixed.ts';
import type { MaterialField } from '../../sealing/sealed-material.ts';
import type { OutputTarget } from './environment-facts.ts';
import type { KeyFacts } from './key-facts.ts';
import type { Check, Violation } from './policy.ts';
import type { ImportDeclaration, ImportFacts, ReadFacts } from './import-facts.ts';
import type { MaterialOrder, MintOrder } from './record-change.ts';
import type { SecretView } from './secret-view.ts';
import type { TargetEnvironment } from './targets.ts';
import type { WantedSecret } from './wanted-secret.ts';

/** All that planning one key may look at: a snapshot, never changed. */
export interface KeyObjectFacts extends KeyFacts {
  /** Of the identity's kind. */
  readonly rules: KeyRules;
  /** Undefined: only a record is there (an orphan or a tombstone). */
  readonly object: KeyObject | undefined;
  /**
   * The object's status, or what is known of it, unless it is somebody's edit. What the ledger cannot tell (scopes of
   * a frozen key, versions while the record is lost) may be taken from here and from nowhere else.
   */
  readonly believedStatus: KeyStatus | undefined;
  /** By environment, for those that import. */
  readonly imports: ReadonlyMap<string, ImportFacts>;
  /** Versions whose keys are being made: the record waits for them, and the key is woken once they are there. Absent: none. */
  readonly making?: readonly MintOrder[];
  /** Others keep changing the object, so that this pass could not write to it. */
  readonly isContested?: boolean;
}

/** Facts of a key whose object is there. */
export interface DeclaredFacts extends KeyObjectFacts {
  readonly object: KeyObject;
}

/** Facts of a key whose project is ours. */
export interface PolicyFacts extends DeclaredFacts {
  readonly projectSpec: KeyProjectSpec;
}

export type AcceptanceCheck = Check<PolicyFacts, Reason>;

/** Asked of what the source of one environment holds, as long as nothing was imported from it. */
export type ImportCheck = (found: ReadFacts, facts: PolicyFacts) => Violation<Reason> | undefined;

/** Facts of a declared key beside whether it is accepted, which much of a plan and all of a status ask. */
export interface JudgedFacts extends DeclaredFacts {
  readonly violation: Violation<Reason> | undefined;
}

/** Whose Secret it is, and what its labels say. */
export interface SecretOwner {
  readonly identity: KeyIdentity;
  readonly company: string | undefined;
}

/** A version that a place has to show. */
export interface PlacedVersion {
  readonly place: Place;
  readonly environment: string;
  readonly version: VersionEntry;
  readonly expiresAt?: string | undefined;
  /** Absent for a key without its declaration, whose Secrets are not written. */
  readonly object?: KeyObject | undefined;
  /** What is delivered beside it. */
  readonly previous?: VersionEntry | undefined;
}

/** What of a version only its kind knows: the members of a ledger entry that tell of its material. */
export type VersionMaterial = Pick<VersionEntry, 'hash' | 'mask' | 'crypto'>;

/** Where keys of one kind differ from those of another. Pure; everything else about a key is the same for all. */
export interface KeyRules {
  readonly kind: KeyKind;
  readonly resource: Resource<KeyObject>;
  /** What a version cannot be delivered without. */
  readonly materialField: MaterialField;
  /** How long withdrawn material waits sealed where the spec does not say, in milliseconds. */
  readonly defaultRecoveryWindowMs: number;
  /** What is asked of this kind alone: by the project's policy, then of what was imported. */
  readonly acceptance: readonly AcceptanceCheck[];
  /** The Secrets of one namespace. @param project Undefined while it is not ours to read: then no prefix goes in front. */
  readonly outputs: (object: KeyObject, project: KeyProjectSpec | undefined) => readonly OutputTarget[];
  /** Does the material stay sealed for good? */
  readonly isRecoverable: (object: KeyObject) => boolean;
  readonly wantsSigningSecret: (object: KeyObject) => boolean;
  /** Environments whose material is not minted but taken from elsewhere. */
  readonly imports: (object: KeyObject) => readonly ImportDeclaration[];
  /** Whether what a source holds fits the key. */
  readonly importChecks: readonly ImportCheck[];
  /** Is the version one that we minted, of another algorithm than spec asks for? */
  readonly algorithmDiffers: (object: KeyObject, version: VersionEntry) => boolean;
  /** How a new version for an environment is made. */
  readonly newMaterial: (facts: PolicyFacts, environment: TargetEnvironment) => MaterialOrder;
  readonly wantedSecret: (owner: SecretOwner, placed: PlacedVersion) => WantedSecret;
  readonly status: StatusRules;
  readonly settlement: SettlementRules;
}

/** What status says of one kind alone. */
export interface StatusRules {
  /** Does it tell which KEK protects the key? */
  readonly showsSealing: boolean;
  /** Members of status beside those of every kind. */
  readonly accepted: (facts: JudgedFacts) => object;
  /** The same members of a status that is carried on while the ledger cannot be believed, restricted by spec. */
  readonly restricted: (facts: DeclaredFacts, believed: KeyStatus) => object;
  /** Members of `summary` beside those of every kind. @param current The current version of each environment that has one. */
  readonly summary: (current: readonly VersionEntry[]) => object;
  /** Members of a version beside those of every kind. */
  readonly version: (version: VersionEntry) => object;
  /** What verifiers go by, as `accepted` and `version` put it there; the MAC covers it. */
  readonly acceptedParts: (status: KeyStatus) => readonly Part[];
  readonly versionParts: (version: KeyVersionStatus) => readonly Part[];
  /** Does `wanted` accept less by those members than `before`? */
  readonly isNarrower: (before: KeyStatus, wanted: KeyStatus) => boolean;
}

/** How a version that the record lost is known again. */
export interface SettlementRules {
  /** By what we published of it. */
  readonly fromStatus: (shown: KeyVersionStatus) => VersionMaterial;
  /** Of the signing secret that was published with it. */
  readonly signingSecretId: (shown: KeyVersionStatus) => string | undefined;
  /** By a Secret whose proof covers its bytes; undefined where those do not tell. */
  readonly fromSecret: (
    secret: SecretView,
    version: { readonly keyId: string; readonly prefix: () => string },
  ) => VersionMaterial | undefined;
}
