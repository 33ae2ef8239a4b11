// Generated from crds/ by scripts/generate/types.ts. Do not edit: change the CRD and generate again.
import type { Condition } from '../../kube/objects/conditions.ts';
import type { ObjectMeta } from '../../kube/objects/objects.ts';

/**
 * ApiKey declares one API key. The operator issues a token per environment, keeps only its hash and delivers it as a Secret to every namespace the KeyProject puts behind the environment.
 *
 * Its name is a DNS label of at most 63 characters, and unique within the project: the same name in a second author namespace is not accepted (reason DuplicateName). Deleting it withdraws every Secret; spec.recoveryWindow says how long applying it again brings the same tokens back.
 */
export interface ApiKey {
  readonly apiVersion: 'keywright.dev/v1alpha1';
  readonly kind: 'ApiKey';
  readonly metadata: ObjectMeta;
  readonly spec: ApiKeySpec;
  readonly status?: ApiKeyStatus;
}

/**
 * What the author declares. It names a project and environments, never a namespace.
 */
export interface ApiKeySpec {
  /**
   * Name of the KeyProject this key belongs to, for example "payments".
   *
   * Immutable: the project is part of the key's identity. To move a key, create a new ApiKey and delete this one. Required. While no such KeyProject exists, or it does not list this namespace in authorNamespaces, the key is not accepted and nothing is issued; what was delivered before stays.
   */
  readonly project: string;
  /**
   * What consumers do with the token. Secret: they keep it secret, its type code is sk. Publishable: they may show it, for example in a web page, its type code is pk. The token starts with that code, after the KeyProject's tokenPrefix if there is one: acme_sk_… or sk_….
   *
   * Immutable, because consumers rely on it. Required. The KeyProject may allow only one of them (policy.apiKeyTypes).
   */
  readonly type: 'Secret' | 'Publishable';
  /**
   * Environments of the project that get this key, 1 to 16, identified by name. Each gets a token of its own, so a leak in one does not open another.
   *
   * Mutable. Required. An environment added is issued a token; one removed has its Secrets withdrawn, and put back within spec.recoveryWindow it gets the same token again, or a new one if the key was rotated meanwhile.
   */
  readonly environments: readonly ApiKeySpecEnvironment[];
  readonly import?: ApiKeySpecImport;
  /**
   * Name for people, for example "Checkout service".
   *
   * Mutable. When absent, tools show metadata.name. The controller does nothing with it.
   */
  readonly displayName?: string;
  /**
   * What the key is for, for example "Calls the charge API".
   *
   * Mutable. When absent, nothing is said. The controller does nothing with it.
   */
  readonly description?: string;
  readonly owner?: ApiKeySpecOwner;
  /**
   * Who asked for the key, for auditors, for example "jane@example.com". Keywright does not verify it.
   *
   * Mutable. When absent, nobody is named. The controller does nothing with it.
   */
  readonly requestedBy?: string;
  /**
   * What the holder of the token may do, for example [charges.read]. At most 64. Keywright gives the words no meaning; the service that checks the token does.
   *
   * Mutable, without a new token. When absent or empty, the key carries no scope. A scope that the KeyProject does not allow (policy.scopes) is not accepted (Accepted False, reason PolicyViolation). status.scopes says which scopes verifiers grant.
   */
  readonly scopes?: readonly string[];
  /**
   * True makes verifiers refuse the key at once; its Secrets stay where they are.
   *
   * Mutable. When absent: false. While true, state is Suspended, Ready is True with reason Suspended, and nothing new is issued. Set back, the same tokens are accepted again.
   */
  readonly suspended?: boolean;
  /**
   * When every token of this key stops being valid, in RFC 3339, for example "2027-12-31T00:00:00Z".
   *
   * Mutable. When absent, the key does not expire, unless an environment says otherwise; the KeyProject may demand it (policy.maxValidity). At that time verifiers refuse the key, the controller withdraws its Secrets, and state is Expired. A later time, set within spec.recoveryWindow, brings the same tokens back; set after it, new ones are issued. Secrets carry the time under the data key expires-at.
   */
  readonly expiresAt?: string;
  readonly rotation?: ApiKeySpecRotation;
  /**
   * Present, even as {}, it adds a secret for signing webhooks to each environment: whsec_ and base64 of 32 bytes, as Standard Webhooks wants it, under the data key signing-secret. It is secret beside a Publishable token too.
   *
   * Mutable. When absent, there is none. Removed, the controller withdraws it from the Secrets; put back within spec.recoveryWindow, the same one returns, later a new one.
   */
  readonly signingSecret?: Readonly<Record<string, never>>;
  /**
   * True keeps each token sealed for good, so that a Secret that was lost is restored byte for byte. False forgets a token once it is delivered, so that only its hash remains; a lost one is replaced by a new version.
   *
   * Mutable. Switched on, it holds from the next version on; switched off, sealed tokens are dropped once delivered. When absent: false. The KeyProject may forbid true (policy.allowRecoverable).
   */
  readonly recoverable?: boolean;
  /**
   * The Secrets to deliver to each namespace, 1 to 4, identified by name.
   *
   * Mutable. When absent: one Secret of layout Opaque with the name of the key. After a change the controller delivers the new Secret first and then withdraws the old one.
   */
  readonly outputs?: readonly ApiKeySpecOutput[];
  readonly revocation?: ApiKeySpecRevocation;
  /**
   * What becomes of the Secrets when this key is deleted. Delete: they are withdrawn, and what they held waits sealed for spec.recoveryWindow. Retain: they stay as they are, verifiers refuse them, and a key of the same name that is applied again takes them over.
   *
   * Mutable. When absent: Delete. While the whole CustomResourceDefinition is being deleted, every key is retained.
   */
  readonly deletionPolicy?: 'Delete' | 'Retain';
  /**
   * How long withdrawn material waits sealed, for example "24h", after this key is deleted or expires, or after an environment or a namespace is taken away. Hours, minutes and seconds in this order, at most 8760h (one year). Within it the same tokens come back, except where the key was rotated while an environment was away: that one is issued a new token. "0s" destroys them at once.
   *
   * Mutable; a change does not move windows that are already open. When absent: 24h.
   */
  readonly recoveryWindow?: string;
}

/**
 * One environment of the project.
 */
export interface ApiKeySpecEnvironment {
  /**
   * Name of the environment as the KeyProject spells it, for example "production".
   *
   * Identifies the entry: another name is another environment. Required. A name the KeyProject does not know is not accepted (Accepted False, reason EnvironmentNotFound).
   */
  readonly name: string;
  /**
   * When the token of this environment stops being valid, in RFC 3339, for example "2027-06-30T00:00:00Z".
   *
   * Mutable. When absent, only spec.expiresAt counts; when both are present, the earlier one. At that time verifiers refuse the token and the controller withdraws its Secrets; a later time, set within spec.recoveryWindow, brings the same token back.
   */
  readonly expiresAt?: string;
  readonly import?: ApiKeySpecEnvironmentImport;
}

/**
 * Brings a token of your own to this environment instead of a minted one.
 *
 * Exactly one of secretKeyRef and openpgpMessage says where it comes from. It may have any format: 32 to 2048 printable ASCII characters without spaces, with at least 112 random bits by an estimate (else reason WeakSecret). A token that another key or environment has is refused (reason DuplicateKey). It is kept as a keyed hash, and sealed until it is delivered, or for good with recoverable.
 *
 * Mutable: another token is a new version, the same one from another source is not. Removed, the version stays. When absent, spec.import counts, and without that one the token is minted. An imported token that is lost is read again from its source, and never minted instead.
 */
export interface ApiKeySpecEnvironmentImport {
  readonly secretKeyRef?: ApiKeySpecEnvironmentImportSecretKeyRef;
  /**
   * The token encrypted to the import key of the operator, armoured, as kubectl keywright seal prints it. Safe in Git: it is bound to installation, project, kind, namespace, name and environment, and useless anywhere else (reason ContextMismatch).
   *
   * Mutable. Absent exactly when another source is given.
   */
  readonly openpgpMessage?: string;
}

/**
 * A Secret of this namespace that holds the token, for example {name: checkout-old, key: token}. A line break at its end is ignored.
 *
 * Mutable. Absent exactly when another source is given. The controller reads the Secret again when it changes; a Secret that is gone changes nothing. A Secret without the label keywright.dev/allow-import, or of a type that holds credentials of the platform, is not read.
 */
export interface ApiKeySpecEnvironmentImportSecretKeyRef {
  /**
   * Name of the Secret in the namespace of this object, for example "checkout-old". It must carry the label keywright.dev/allow-import: "true".
   *
   * Mutable. Required. A Secret of another namespace cannot be named.
   */
  readonly name: string;
  /**
   * Key in the data of the Secret, for example "token".
   *
   * Mutable. Required.
   */
  readonly key: string;
}

/**
 * Brings a token of your own to the environment of this key, which must have exactly one: each environment has a token of its own.
 *
 * Exactly one of secretKeyRef and openpgpMessage says where it comes from. It may have any format: 32 to 2048 printable ASCII characters without spaces, with at least 112 random bits by an estimate (else reason WeakSecret). A token that another key or environment has is refused (reason DuplicateKey). It is kept as a keyed hash, and sealed until it is delivered, or for good with recoverable.
 *
 * Mutable: another token is a new version, the same one from another source is not. Removed, the version stays. When absent, an environment without import has its token minted. An imported token that is lost is read again from its source, and never minted instead. An openpgpMessage may be sealed for this environment or for all (--environment=*).
 */
export interface ApiKeySpecImport {
  readonly secretKeyRef?: ApiKeySpecImportSecretKeyRef;
  /**
   * The token encrypted to the import key of the operator, armoured, as kubectl keywright seal prints it. Safe in Git: it is bound to installation, project, kind, namespace, name and environment, and useless anywhere else (reason ContextMismatch).
   *
   * Mutable. Absent exactly when another source is given.
   */
  readonly openpgpMessage?: string;
}

/**
 * A Secret of this namespace that holds the token, for example {name: checkout-old, key: token}. A line break at its end is ignored.
 *
 * Mutable. Absent exactly when another source is given. The controller reads the Secret again when it changes; a Secret that is gone changes nothing. A Secret without the label keywright.dev/allow-import, or of a type that holds credentials of the platform, is not read.
 */
export interface ApiKeySpecImportSecretKeyRef {
  /**
   * Name of the Secret in the namespace of this object, for example "checkout-old". It must carry the label keywright.dev/allow-import: "true".
   *
   * Mutable. Required. A Secret of another namespace cannot be named.
   */
  readonly name: string;
  /**
   * Key in the data of the Secret, for example "token".
   *
   * Mutable. Required.
   */
  readonly key: string;
}

/**
 * Who to ask about this key, for example {name: Checkout team, email: checkout@example.com}.
 *
 * Mutable. When absent, the owner of the KeyProject is who to ask. The controller does nothing with it.
 */
export interface ApiKeySpecOwner {
  /**
   * Team or person, for example "Checkout team".
   *
   * Mutable. When absent, the OWNER column stays empty. The controller does nothing with it.
   */
  readonly name?: string;
  /**
   * Address that reaches the owner, for example "checkout@example.com".
   *
   * Mutable. When absent, no address is known. The controller sends nothing to it.
   */
  readonly email?: string;
}

/**
 * When a new version replaces the current one. During the overlap both are valid, and Secrets carry the older one under data keys that begin with "previous.".
 *
 * Mutable. When absent, a new version comes only by the annotation keywright.dev/rotate.
 */
export interface ApiKeySpecRotation {
  /**
   * Rotate when this much time has passed since the current version was issued, for example "2160h" (90 days). Hours, minutes and seconds in this order, from 1m to 87600h (ten years).
   *
   * Mutable; a change counts from the current version. When absent, time alone never rotates. It comes up to a twentieth of the interval late, 10 minutes at most, so that keys of one interval do not all rotate at once. One that is due during an overlap waits for its end, so an overlap that is longer than the interval sets the pace. The KeyProject may ask for more (policy.minRotationInterval).
   */
  readonly interval?: string;
  /**
   * How long the older version stays valid once the new one is delivered, for example "24h". Hours, minutes and seconds in this order, at most 8760h (one year). "0s": it goes as soon as the new one is delivered.
   *
   * Mutable; a change does not move an overlap that is already running. When absent: 24h, or the project's policy.minOverlap if that is longer.
   */
  readonly overlap?: string;
  /**
   * A text that was never here before rotates the key once, for example "leak-drill-2026-11". The same text again, an empty one, and taking it away do nothing. The annotation keywright.dev/rotate means the same, for people who cannot edit the spec; Ready tells of one with more than 128 characters, which is not followed.
   *
   * Mutable. When absent, nothing is triggered. A trigger waits for the end of an overlap and for the project's policy.minRotationInterval; it is never dropped. The one that is there when the key is first issued counts as done.
   */
  readonly trigger?: string;
}

/**
 * One Secret per namespace.
 */
export interface ApiKeySpecOutput {
  /**
   * Name of the output within this key, for example "app". A DNS label. It is not the Secret's name.
   *
   * Identifies the entry: another name is another output. Required.
   */
  readonly name: string;
  /**
   * How the Secret holds the key. Opaque: type Opaque with the data keys token, key-id, expires-at when the key expires, and signing-secret when asked for.
   *
   * Mutable. When absent: Opaque. The controller rewrites the Secrets after a change.
   */
  readonly layout?: 'Opaque';
  /**
   * Name of the Secret, for example "checkout". A DNS subdomain of at most 190 characters, which leaves room for the prefix the KeyProject may put before it (policy.secretNamePrefix).
   *
   * Mutable. When absent: the name of the key. A Secret of that name that is not Keywright's is never touched (reason SecretConflict). After a change the controller delivers the new Secret first and then withdraws the old one.
   */
  readonly secretName?: string;
}

/**
 * Takes back what was issued, for good. Verifiers refuse it at once, then its Secrets go; there is no overlap. The operator remembers it: removing or lowering it, losing status, and deleting and applying the key again change nothing.
 *
 * Mutable. When absent, nothing is revoked.
 */
export interface ApiKeySpecRevocation {
  /**
   * Why: Compromised when somebody else may have it, Superseded when something else replaces it, Retired when nothing does. An event and the operator's log tell it, and Ready while no newer version is in force. Required.
   */
  readonly reason: 'Unspecified' | 'Compromised' | 'Superseded' | 'Retired';
  /**
   * Revokes this version and all before it, as status.version counts them. A new rotation.trigger, in the same edit or later, has a new version issued at once; until then nothing is delivered.
   *
   * Mutable; it only ever grows. When absent, the key as a whole is revoked, and no key of its name is issued again.
   */
  readonly throughVersion?: number;
}

/**
 * What the controller has done. Written by the controller only; an edit by others is repaired from the ledger. It holds no secret byte.
 */
export interface ApiKeyStatus {
  /**
   * The metadata.generation this status speaks about; -1 until the controller has seen the object.
   */
  readonly observedGeneration?: number;
  /**
   * Where the key is in its life. Pending: nothing is issued yet. Active: one version is valid. Rotating: an older version is valid beside the current one. Suspended, Expired, Revoked: verifiers refuse it. Of several, the first of Revoked, Suspended and Expired.
   */
  readonly state?: 'Pending' | 'Active' | 'Rotating' | 'Suspended' | 'Expired' | 'Revoked';
  /**
   * The newest version in force in any environment; while none is, as after an expiry or a revocation, the last one that was issued. Numbers never repeat. Absent before the first.
   */
  readonly version?: number;
  /**
   * The scopes of spec that the KeyProject allows. Verifiers grant these and no others.
   */
  readonly scopes?: readonly string[];
  /**
   * When the first version was issued, in RFC 3339. Absent before.
   */
  readonly createdAt?: string;
  /**
   * When an environment was last given another version than it had, in RFC 3339. Absent while each has only its first.
   */
  readonly rotatedAt?: string;
  /**
   * When the next rotation is due, in RFC 3339: by interval, or by a trigger that waits. Absent when none is foreseen.
   */
  readonly nextRotationAt?: string;
  /**
   * When the key, or the first of its environments, expires, in RFC 3339. Absent when nothing expires.
   */
  readonly expiresAt?: string;
  /**
   * When spec.revocation was last followed, in RFC 3339. Absent while nothing is revoked.
   */
  readonly revokedAt?: string;
  readonly deployment?: ApiKeyStatusDeployment;
  readonly ledger?: ApiKeyStatusLedger;
  readonly summary?: ApiKeyStatusSummary;
  /**
   * Each environment of spec, in its order, then those taken away whose Secrets are not all withdrawn yet, or whose material still waits sealed.
   */
  readonly environments?: readonly ApiKeyStatusEnvironment[];
  /**
   * Ready is the summary. Accepted: spec, project and policy allow the key. Issued: its material exists. Deployed: every namespace carries it. Reconciling and Stalled exist only while they are True.
   */
  readonly conditions?: readonly Condition[];
}

/**
 * Delivery to all namespaces of all environments, in one line.
 */
export interface ApiKeyStatusDeployment {
  /**
   * Whether every namespace carries the current version.
   */
  readonly success: boolean;
  /**
   * How many of all namespaces carry the current version, in words. The rows of environments say what fails.
   */
  readonly message: string;
  /**
   * Number of namespaces that carry the current version.
   */
  readonly ready: number;
  /**
   * Number of namespaces that should carry it.
   */
  readonly total: number;
}

/**
 * Ties this status to the operator's ledger, so that either one restored from a backup is noticed.
 */
export interface ApiKeyStatusLedger {
  /**
   * Number of the ledger write this status shows.
   */
  readonly sequence: number;
  /**
   * Proof by the operator that the sequence, and the state, scopes and versions of this status, are its own, as <MAC key id>.<base64url>. A status that was edited no longer fits it and is believed in nothing.
   */
  readonly mac: string;
}

/**
 * Texts for the columns of kubectl get.
 */
export interface ApiKeyStatusSummary {
  /**
   * Environments that carry the current version, of those declared, for example "2/3".
   */
  readonly environments?: string;
  /**
   * Public id of the current version in the first environment that has one, and how many others have one, for example "x62qhemsmqgq +1".
   */
  readonly keyId?: string;
  /**
   * Day of status.expiresAt in UTC, for example "2027-02-01"; within 48 h of it with the time, for example "2027-02-01T10:00Z". Absent when nothing expires.
   */
  readonly expires?: string;
  /**
   * As expires, of status.nextRotationAt. Absent when no rotation is foreseen.
   */
  readonly nextRotation?: string;
}

/**
 * The key in one environment.
 */
export interface ApiKeyStatusEnvironment {
  /**
   * Name of the environment.
   */
  readonly name: string;
  /**
   * As status.state, for this environment alone. Withdrawn: taken away by spec; verifiers refuse it. Of several, the first of Revoked, Expired, Withdrawn and Suspended.
   */
  readonly state: 'Pending' | 'Active' | 'Rotating' | 'Suspended' | 'Expired' | 'Revoked' | 'Withdrawn';
  /**
   * When state became what it is, in RFC 3339.
   */
  readonly stateSince?: string;
  /**
   * When the sealed material of an environment that expired or was taken away is destroyed, in RFC 3339. Until then the same versions can come back. Absent while nothing waits.
   */
  readonly destroyAt?: string;
  /**
   * Whether every namespace of the environment carries the current version.
   */
  readonly success: boolean;
  /**
   * What holds the environment up, in a sentence. Absent when nothing does.
   */
  readonly message?: string;
  /**
   * Versions that verifiers must know, newest first. The older one of two valid versions is Retiring; a version that retired is no longer listed.
   */
  readonly versions?: readonly ApiKeyStatusEnvironmentVersion[];
  /**
   * Delivery to each namespace, failures first. At most 64 rows in the whole status; deployment counts all.
   */
  readonly namespaces?: readonly ApiKeyStatusEnvironmentNamespace[];
}

/**
 * One version of the token of one environment.
 */
export interface ApiKeyStatusEnvironmentVersion {
  /**
   * Number of the version, counted for the whole key; an environment may skip numbers.
   */
  readonly version: number;
  /**
   * Current: accepted while key and environment are Active or Rotating, and delivered. Retiring: superseded, and accepted as well for as long as it is listed here, which ends at retireAt or soon after. Revoked: refused for good.
   */
  readonly state: 'Current' | 'Retiring' | 'Revoked';
  /**
   * When state became what it is, in RFC 3339: when a Current version was issued, a Retiring one superseded, a Revoked one revoked.
   */
  readonly stateSince?: string;
  /**
   * Why the version was issued. FirstIssue: the environment had none. Triggered: by order. IntervalPassed: by rotation.interval. ImportChanged: the source of an import holds another token. MaterialLost: neither the record nor a Secret held the last one any more.
   */
  readonly cause?: 'FirstIssue' | 'Triggered' | 'IntervalPassed' | 'ImportChanged' | 'MaterialLost';
  /**
   * Public id of the version, for example "0f3k9m2xq71z"; a minted token has it inside. Safe in logs.
   */
  readonly keyId: string;
  /**
   * The token without its secret, for example "sk_live_0f3k9m2xq71z_***". Safe to show. Of an imported token, of which nobody knows what is secret in it: "***".
   */
  readonly maskedToken: string;
  /**
   * What verifiers compare with: "sha256:" and the hex digest of the whole token. Of an imported token "hmac-sha256:", the id of the operator's pepper, and the hex HMAC, so that nobody can try guesses against it.
   */
  readonly hash: string;
  /**
   * Whether the operator minted the token or imported it.
   */
  readonly origin?: 'Generated' | 'Imported';
  /**
   * Public id of the signing secret of this version. Absent when it has none.
   */
  readonly signingSecretId?: string;
  /**
   * When the version was issued, in RFC 3339.
   */
  readonly createdAt: string;
  /**
   * When the version expires, in RFC 3339. Absent when it does not.
   */
  readonly expiresAt?: string;
  /**
   * When a Retiring version is due to go, in RFC 3339. It leaves the Secrets first and this list right after, and is accepted until then: a namespace that cannot be written, or a key that is no longer accepted, delays that by an hour at most, a suspension by the project for as long as it lasts. Absent in other states, and until the newer version is delivered.
   */
  readonly retireAt?: string;
}

/**
 * Delivery to one namespace.
 */
export interface ApiKeyStatusEnvironmentNamespace {
  /**
   * Name of the namespace.
   */
  readonly name: string;
  /**
   * Whether the namespace carries the current version in every output.
   */
  readonly success: boolean;
  /**
   * Why not, as one word for programs, for example SecretConflict. Absent on success.
   */
  readonly reason?: string;
  /**
   * Why not, in a sentence for people. Absent on success.
   */
  readonly message?: string;
  /**
   * The version the namespace carries. Absent when it carries none.
   */
  readonly version?: number;
  /**
   * When success last changed, in RFC 3339.
   */
  readonly lastTransitionTime: string;
}
