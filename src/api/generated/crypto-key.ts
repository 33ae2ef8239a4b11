// Generated from crds/ by scripts/generate/types.ts. Do not edit: change the CRD and generate again.
import type { Condition } from '../../kube/objects/conditions.ts';
import type { ObjectMeta } from '../../kube/objects/objects.ts';

/**
 * CryptoKey declares one cryptographic key: symmetric, asymmetric or OpenPGP. The operator mints it or imports it, keeps it only as ciphertext, and delivers it as a Secret, in the formats asked for, to every namespace the KeyProject puts behind its environments.
 *
 * Its name is a DNS label of at most 63 characters, and unique within the project: the same name in a second author namespace is not accepted (reason DuplicateName). Deleting it withdraws every Secret; spec.recoveryWindow says how long applying it again brings the same key back.
 */
export interface CryptoKey {
  readonly apiVersion: 'keywright.dev/v1alpha1';
  readonly kind: 'CryptoKey';
  readonly metadata: ObjectMeta;
  readonly spec: CryptoKeySpec;
  readonly status?: CryptoKeyStatus;
}

/**
 * What the author declares. It names a project and environments, never a namespace.
 *
 * An imported key that declares no algorithm is held to the rules about purpose and formats once its algorithm is detected.
 */
export interface CryptoKeySpec {
  /**
   * Name of the KeyProject this key belongs to, for example "payments".
   *
   * Immutable: the project is part of the key's identity. To move a key, create a new CryptoKey and delete this one. Required. While no such KeyProject exists, or it does not list this namespace in authorNamespaces, the key is not accepted and nothing is minted or imported; what was delivered before stays.
   */
  readonly project: string;
  /**
   * What kind of key this is. SecretKey: symmetric. KeyPair: a private key, delivered with its public half. PrivateKey: the same, only imported. PublicKey: the public key of somebody else, also an OpenPGP one, only imported. OpenPGP: a private key for gpg and its like.
   *
   * TransactionRSAKey is a KeyPair of RSA-3072 or more that always has a passphrase. FileContentPGPKey is an OpenPGP key that always has one.
   *
   * Immutable, because consumers rely on it. Required. A PublicKey never carries private bytes: a private key as its import is refused (reason TypeMismatch).
   */
  readonly type:
    'SecretKey' | 'KeyPair' | 'PrivateKey' | 'PublicKey' | 'OpenPGP' | 'TransactionRSAKey' | 'FileContentPGPKey';
  /**
   * Algorithm and size, for example "RSA-3072" or "AES-256". DES and DESede (3DES) can only be imported.
   *
   * Mutable; a change rotates a minted key: a new version of the new algorithm is minted, and the one before stays valid, and in the Secrets under "previous.", for the overlap (spec.rotation.overlap); then it is destroyed, and changing the field back mints a third. If what was encrypted must stay readable, declare a new CryptoKey instead. Required unless every environment imports its key. When absent, the algorithm of the imported key is detected; when present, an imported key of another one is refused (reason TypeMismatch). The KeyProject may allow only some (policy.algorithms).
   */
  readonly algorithm?:
    | 'AES-128'
    | 'AES-192'
    | 'AES-256'
    | 'HMAC-SHA256'
    | 'HMAC-SHA384'
    | 'HMAC-SHA512'
    | 'DES'
    | 'DESede'
    | 'RSA-2048'
    | 'RSA-3072'
    | 'RSA-4096'
    | 'EC-P256'
    | 'EC-P384'
    | 'EC-P521'
    | 'Ed25519'
    | 'Ed448'
    | 'X25519'
    | 'X448'
    | 'OpenPGP-ECC'
    | 'OpenPGP-RSA-3072'
    | 'OpenPGP-RSA-4096';
  /**
   * The one thing the key is for. Encrypt: data. Sign: signatures. Mac: message authentication codes. Wrap: other keys, as a key encryption key. Transport: to agree on keys with a partner or to send them.
   *
   * AES, DES and DESede may Encrypt, Mac or Wrap; HMAC may Mac; RSA may Encrypt, Sign, Wrap or Transport; EC may Sign or Transport; Ed25519 and Ed448 may Sign; X25519 and X448 may Transport; OpenPGP may Encrypt or Sign.
   *
   * Mutable, without a new key. When absent, nothing is said about it. It tells people, auditors and consumers, who hold themselves to it. The controller only refuses one that the algorithm does not have, also where it detected the algorithm of an imported key (reason PurposeMismatch).
   */
  readonly purpose?: 'Encrypt' | 'Sign' | 'Mac' | 'Wrap' | 'Transport';
  /**
   * Whether environments share one key. PerEnvironment: each has a key of its own, so a leak in one does not open another. Shared: all have the same, for example because a partner takes only one public key.
   *
   * Immutable. When absent: PerEnvironment. Shared, the key is imported with spec.import or minted once, and an environment added later gets the same.
   */
  readonly material?: 'PerEnvironment' | 'Shared';
  /**
   * Environments of the project that get this key, 1 to 16, identified by name. Each gets a key of its own unless material is Shared.
   *
   * Mutable. Required. In an environment added the key is minted or imported; one removed has its Secrets withdrawn, and put back within spec.recoveryWindow it gets the same key again, or a new one if the key was rotated meanwhile.
   */
  readonly environments: readonly CryptoKeySpecEnvironment[];
  readonly import?: CryptoKeySpecImport;
  /**
   * Name for people, for example "Card file signing".
   *
   * Mutable. When absent, tools show metadata.name. The controller does nothing with it.
   */
  readonly displayName?: string;
  /**
   * What the key is for, for example "Signs the daily card file".
   *
   * Mutable. When absent, nothing is said. The controller does nothing with it.
   */
  readonly description?: string;
  readonly owner?: CryptoKeySpecOwner;
  /**
   * Who asked for the key, for auditors, for example "jane@example.com". Keywright does not verify it.
   *
   * Mutable. When absent, nobody is named. The controller does nothing with it.
   */
  readonly requestedBy?: string;
  /**
   * True says that the key must not be used; its Secrets stay where they are.
   *
   * Mutable. When absent: false. While true, state is Suspended, Ready is True with reason Suspended, and nothing new is minted or imported. Set back, the same key counts again.
   */
  readonly suspended?: boolean;
  /**
   * When this key stops being valid, in RFC 3339, for example "2027-12-31T00:00:00Z".
   *
   * Mutable. When absent, the key does not expire, unless an environment says otherwise; the KeyProject may demand it (policy.maxValidity). At that time the controller withdraws its Secrets, and state is Expired. A later time, set within spec.recoveryWindow, brings the same key back; set after it, a new one is minted.
   */
  readonly expiresAt?: string;
  /**
   * Present, even as {}, it protects delivered private keys: PEM, DER and OpenPGP are encrypted with a passphrase, and PKCS12 has it as password. The operator makes one for each environment and delivers it in a Secret of its own, <secretName>-passphrase, under the data key passphrase.
   *
   * Mutable. When absent, private keys are delivered as they are, unless the type is TransactionRSAKey or FileContentPGPKey. Formats that cannot be protected (PKCS1, JWK, Raw, Base64, SSH) are refused beside it. After a change the controller rewrites the Secrets.
   */
  readonly passphrase?: Readonly<Record<string, never>>;
  readonly openpgp?: CryptoKeySpecOpenpgp;
  readonly rotation?: CryptoKeySpecRotation;
  /**
   * The Secrets to deliver to each namespace, 1 to 4, identified by name. With a passphrase, each has a second Secret beside it, <secretName>-passphrase.
   *
   * Mutable. When absent: one Secret with the name of the key and the formats its type has by default. After a change the controller delivers the new Secret first and then withdraws the old one.
   */
  readonly outputs?: readonly CryptoKeySpecOutput[];
  readonly revocation?: CryptoKeySpecRevocation;
  /**
   * What becomes of the Secrets when this key is deleted. Delete: they are withdrawn, and what they held waits sealed for spec.recoveryWindow. Retain: they stay as they are, verifiers refuse them, and a key of the same name that is applied again takes them over.
   *
   * Mutable. When absent: Delete. While the whole CustomResourceDefinition is being deleted, every key is retained.
   */
  readonly deletionPolicy?: 'Delete' | 'Retain';
  /**
   * How long withdrawn material waits sealed, for example "720h", after this key is deleted or expires, or after an environment or a namespace is taken away. Hours, minutes and seconds in this order, at most 8760h (one year). Within it the same key comes back, except where it was rotated while an environment was away: that one gets a new version. "0s" destroys it at once.
   *
   * Mutable; a change does not move windows that are already open. When absent: 720h.
   */
  readonly recoveryWindow?: string;
}

/**
 * One environment of the project.
 */
export interface CryptoKeySpecEnvironment {
  /**
   * Name of the environment as the KeyProject spells it, for example "production".
   *
   * Identifies the entry: another name is another environment. Required. A name the KeyProject does not know is not accepted (Accepted False, reason EnvironmentNotFound).
   */
  readonly name: string;
  /**
   * Name of the key inside a key store (PKCS12) and in its certificate, for example "hsm-prod-1".
   *
   * Mutable. When absent: the name of the key. After a change the controller rewrites the Secrets. Lower case, because Java shows no other.
   */
  readonly alias?: string;
  /**
   * When the key of this environment stops being valid, in RFC 3339, for example "2027-06-30T00:00:00Z".
   *
   * Mutable. When absent, only spec.expiresAt counts; when both are present, the earlier one. At that time status says so and the controller withdraws its Secrets; a later time, set within spec.recoveryWindow, brings the same key back.
   */
  readonly expiresAt?: string;
  readonly import?: CryptoKeySpecEnvironmentImport;
}

/**
 * Brings a key of your own to this environment instead of a minted one.
 *
 * Exactly one of secretKeyRef, openpgpMessage and content says where it comes from. At most 16 KiB for an environment and 160 KiB for all of them. PEM, DER, JWK, OpenPGP, and for symmetric keys raw bytes, base64 or hex are recognised; a weak or damaged key is refused with a reason.
 *
 * Mutable: other bytes are a new version, the same bytes from another source are not. Removed, the version stays. When absent, spec.import counts, and without that one the key is minted.
 */
export interface CryptoKeySpecEnvironmentImport {
  readonly secretKeyRef?: CryptoKeySpecEnvironmentImportSecretKeyRef;
  /**
   * The key encrypted to the import key of the operator, armoured, as kubectl keywright seal prints it. Safe in Git: it is bound to installation, project, kind, namespace, name and environment, and useless anywhere else (reason ContextMismatch).
   *
   * Mutable. Absent exactly when another source is given.
   */
  readonly openpgpMessage?: string;
  /**
   * The key itself in base64. It stays readable in Git, in etcd and for whoever may read this object, so it is for public keys. At most 16 KiB before encoding.
   *
   * Mutable. Absent exactly when another source is given. Anything but a PublicKey is refused unless the KeyProject allows it (policy.allowPlaintextImport).
   */
  readonly content?: string;
  readonly passphraseSecretKeyRef?: CryptoKeySpecEnvironmentImportPassphraseSecretKeyRef;
  /**
   * The passphrase of a protected key, encrypted like openpgpMessage, as kubectl keywright seal --field=passphrase prints it. A line break at its end is ignored. At most 1 KiB before encryption.
   *
   * Mutable. Absent when the key has no passphrase, or passphraseSecretKeyRef says where it is. The controller opens the key with it and then forgets it. A message that was sealed as a key, or for another place, is refused (reason ContextMismatch).
   */
  readonly passphraseOpenpgpMessage?: string;
}

/**
 * A Secret of this namespace that holds the key, for example {name: partner-keys, key: prod.pem}.
 *
 * Mutable. Absent exactly when another source is given. The controller reads the Secret again when it changes; a Secret that is gone changes nothing. A Secret without the label keywright.dev/allow-import, or of a type that holds credentials of the platform, is not read.
 */
export interface CryptoKeySpecEnvironmentImportSecretKeyRef {
  /**
   * Name of the Secret in the namespace of this object, for example "partner-keys". It must carry the label keywright.dev/allow-import: "true".
   *
   * Mutable. Required. A Secret of another namespace cannot be named.
   */
  readonly name: string;
  /**
   * Key in the data of the Secret, for example "prod.pem".
   *
   * Mutable. Required.
   */
  readonly key: string;
}

/**
 * A Secret of this namespace that holds the passphrase of a protected key, for example {name: partner-keys, key: prod.pass}. A line break at its end is ignored.
 *
 * Mutable. Absent when the key has no passphrase, or passphraseOpenpgpMessage holds it; a protected key without either is refused (reason PassphraseRequired). The controller opens the key with it and then forgets it; delivered keys have the passphrase of spec.passphrase or none.
 */
export interface CryptoKeySpecEnvironmentImportPassphraseSecretKeyRef {
  /**
   * Name of the Secret in the namespace of this object, for example "partner-keys". It must carry the label keywright.dev/allow-import: "true".
   *
   * Mutable. Required. A Secret of another namespace cannot be named.
   */
  readonly name: string;
  /**
   * Key in the data of the Secret, for example "prod.pass".
   *
   * Mutable. Required.
   */
  readonly key: string;
}

/**
 * Brings a key of your own to every environment that has no import of its own.
 *
 * Exactly one of secretKeyRef, openpgpMessage and content says where it comes from. At most 16 KiB for an environment and 160 KiB for all of them. PEM, DER, JWK, OpenPGP, and for symmetric keys raw bytes, base64 or hex are recognised; a weak or damaged key is refused with a reason.
 *
 * Mutable: other bytes are a new version, the same bytes from another source are not. Removed, the version stays. When absent, an environment without import has its key minted. With openpgpMessage it must be sealed for all environments (--environment=*).
 */
export interface CryptoKeySpecImport {
  readonly secretKeyRef?: CryptoKeySpecImportSecretKeyRef;
  /**
   * The key encrypted to the import key of the operator, armoured, as kubectl keywright seal prints it. Safe in Git: it is bound to installation, project, kind, namespace, name and environment, and useless anywhere else (reason ContextMismatch).
   *
   * Mutable. Absent exactly when another source is given.
   */
  readonly openpgpMessage?: string;
  /**
   * The key itself in base64. It stays readable in Git, in etcd and for whoever may read this object, so it is for public keys. At most 16 KiB before encoding.
   *
   * Mutable. Absent exactly when another source is given. Anything but a PublicKey is refused unless the KeyProject allows it (policy.allowPlaintextImport).
   */
  readonly content?: string;
  readonly passphraseSecretKeyRef?: CryptoKeySpecImportPassphraseSecretKeyRef;
  /**
   * The passphrase of a protected key, encrypted like openpgpMessage, as kubectl keywright seal --field=passphrase prints it. A line break at its end is ignored. At most 1 KiB before encryption.
   *
   * Mutable. Absent when the key has no passphrase, or passphraseSecretKeyRef says where it is. The controller opens the key with it and then forgets it. A message that was sealed as a key, or for another place, is refused (reason ContextMismatch).
   */
  readonly passphraseOpenpgpMessage?: string;
}

/**
 * A Secret of this namespace that holds the key, for example {name: partner-keys, key: prod.pem}.
 *
 * Mutable. Absent exactly when another source is given. The controller reads the Secret again when it changes; a Secret that is gone changes nothing. A Secret without the label keywright.dev/allow-import, or of a type that holds credentials of the platform, is not read.
 */
export interface CryptoKeySpecImportSecretKeyRef {
  /**
   * Name of the Secret in the namespace of this object, for example "partner-keys". It must carry the label keywright.dev/allow-import: "true".
   *
   * Mutable. Required. A Secret of another namespace cannot be named.
   */
  readonly name: string;
  /**
   * Key in the data of the Secret, for example "prod.pem".
   *
   * Mutable. Required.
   */
  readonly key: string;
}

/**
 * A Secret of this namespace that holds the passphrase of a protected key, for example {name: partner-keys, key: prod.pass}. A line break at its end is ignored.
 *
 * Mutable. Absent when the key has no passphrase, or passphraseOpenpgpMessage holds it; a protected key without either is refused (reason PassphraseRequired). The controller opens the key with it and then forgets it; delivered keys have the passphrase of spec.passphrase or none.
 */
export interface CryptoKeySpecImportPassphraseSecretKeyRef {
  /**
   * Name of the Secret in the namespace of this object, for example "partner-keys". It must carry the label keywright.dev/allow-import: "true".
   *
   * Mutable. Required. A Secret of another namespace cannot be named.
   */
  readonly name: string;
  /**
   * Key in the data of the Secret, for example "prod.pass".
   *
   * Mutable. Required.
   */
  readonly key: string;
}

/**
 * Who to ask about this key, for example {name: Cards team, email: cards@example.com}.
 *
 * Mutable. When absent, the owner of the KeyProject is who to ask. The controller does nothing with it.
 */
export interface CryptoKeySpecOwner {
  /**
   * Team or person, for example "Cards team".
   *
   * Mutable. When absent, the OWNER column stays empty. The controller does nothing with it.
   */
  readonly name?: string;
  /**
   * Address that reaches the owner, for example "cards@example.com".
   *
   * Mutable. When absent, no address is known. The controller sends nothing to it.
   */
  readonly email?: string;
}

/**
 * What a minted OpenPGP key says of itself, for example {userIds: ["Payments <files@example.com>"], expiresIn: 17520h}.
 *
 * Mutable; a change makes no new version and holds from the next one on. Required with userIds for OpenPGP and FileContentPGPKey unless every environment imports its key; refused for other types.
 */
export interface CryptoKeySpecOpenpgp {
  /**
   * Whose key it is, for example ["Payments <files@example.com>"], 1 to 4. The first is the primary one. Public: everyone who gets the public key reads them.
   *
   * Mutable; a change makes no new version and holds from the next one on. When absent, the key must be imported, and what it says of itself stays.
   */
  readonly userIds?: readonly string[];
  /**
   * How long a minted OpenPGP key calls itself valid, counted from its creation, for example "17520h" (two years). Hours, minutes and seconds in this order, more than "0s", at most 87600h (ten years).
   *
   * Mutable; a change makes no new version and holds from the next one on. When absent, the OpenPGP key itself never expires. It tells other programs only; spec.expiresAt is what withdraws the key.
   */
  readonly expiresIn?: string;
}

/**
 * When a new version replaces the current one. During the overlap both are valid, and Secrets carry the older one under data keys that begin with "previous.".
 *
 * Mutable. When absent, a new version comes only by the annotation keywright.dev/rotate, when an import source changes, or when spec.algorithm does.
 */
export interface CryptoKeySpecRotation {
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
export interface CryptoKeySpecOutput {
  /**
   * Name of the output within this key, for example "app". A DNS label. It is not the Secret's name.
   *
   * Identifies the entry: another name is another output. Required.
   */
  readonly name: string;
  /**
   * How the Secret holds the key, for example [PEM, JWK, PKCS12]. Each format has data keys of its own, so all fit in one Secret.
   *
   * SecretKey has Raw, Base64, PKCS12 but for DES, and JWK but for DES and DESede. KeyPair and PrivateKey have PEM (PKCS#8 and SPKI), DER, JWK, JWKS (public), PKCS1 for RSA, PKCS12 but for X25519 and X448, and SSH for RSA, EC and Ed25519. PublicKey has the same but PKCS12. TransactionRSAKey has PEM, DER, JWKS and PKCS12. OpenPGP keys have OpenPGP (armoured). PKCS12 needs a passphrase; PKCS1, JWK, Raw, Base64 and SSH are refused beside one.
   *
   * Mutable. When absent: Raw and Base64 for SecretKey, PKCS12 with a passphrase; OpenPGP for OpenPGP keys; PEM for the others. The controller rewrites the Secrets after a change.
   */
  readonly formats?: readonly (
    'PEM' | 'PKCS1' | 'DER' | 'JWK' | 'JWKS' | 'PKCS12' | 'Raw' | 'Base64' | 'OpenPGP' | 'SSH'
  )[];
  /**
   * Name of the Secret, for example "core-banking". A DNS subdomain of at most 179 characters, which leaves room for -passphrase and for the prefix the KeyProject may put before it (policy.secretNamePrefix).
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
export interface CryptoKeySpecRevocation {
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
 * What the controller has done. Written by the controller only; an edit by others is repaired from the ledger. It holds no secret byte: private keys show as fingerprints, symmetric ones as check values.
 */
export interface CryptoKeyStatus {
  /**
   * The metadata.generation this status speaks about; -1 until the controller has seen the object.
   */
  readonly observedGeneration?: number;
  /**
   * Where the key is in its life. Pending: nothing is minted or imported yet. Active: one version is valid. Rotating: an older version is valid beside the current one. Suspended, Expired, Revoked: it must not be used. Of several, the first of Revoked, Suspended and Expired.
   */
  readonly state?: 'Pending' | 'Active' | 'Rotating' | 'Suspended' | 'Expired' | 'Revoked';
  /**
   * The newest version in force in any environment; while none is, as after an expiry or a revocation, the last one that was issued. Numbers never repeat. Absent before the first.
   */
  readonly version?: number;
  /**
   * When the first version was minted or imported, in RFC 3339. Absent before.
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
  readonly deployment?: CryptoKeyStatusDeployment;
  readonly ledger?: CryptoKeyStatusLedger;
  readonly sealing?: CryptoKeyStatusSealing;
  /**
   * Whether a large quantum computer would break a version that is in use: true for RSA, elliptic curves and OpenPGP. Absent while there is none.
   */
  readonly quantumVulnerable?: boolean;
  readonly summary?: CryptoKeyStatusSummary;
  /**
   * Each environment of spec, in its order, then those taken away whose Secrets are not all withdrawn yet, or whose material still waits sealed.
   */
  readonly environments?: readonly CryptoKeyStatusEnvironment[];
  /**
   * Ready is the summary. Accepted: spec, project and policy allow the key. Issued: its material exists. Deployed: every namespace carries it. Reconciling and Stalled exist only while they are True.
   */
  readonly conditions?: readonly Condition[];
}

/**
 * Delivery to all namespaces of all environments, in one line.
 */
export interface CryptoKeyStatusDeployment {
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
export interface CryptoKeyStatusLedger {
  /**
   * Number of the ledger write this status shows.
   */
  readonly sequence: number;
  /**
   * Proof by the operator that the sequence, and the state and versions of this status, are its own, as <MAC key id>.<base64url>. A status that was edited no longer fits it and is believed in nothing.
   */
  readonly mac: string;
}

/**
 * What protects the sealed material. Absent while nothing is sealed.
 */
export interface CryptoKeyStatusSealing {
  /**
   * What keeps the key encryption key (KEK), for example "keyring".
   */
  readonly provider: string;
  /**
   * Public id of the KEK that protects the material now. After a rotation of the KEK it changes as soon as the key's record is wrapped by the new one.
   */
  readonly kekId: string;
}

/**
 * Texts for the columns of kubectl get.
 */
export interface CryptoKeyStatusSummary {
  /**
   * Environments that carry the current version, of those declared, for example "2/3".
   */
  readonly environments?: string;
  /**
   * Public id of the current version in the first environment that has one, and how many others have one, for example "x62qhemsmqgq +1".
   */
  readonly keyId?: string;
  /**
   * Algorithm of the current version in the first environment that has one, and how many other algorithms there are, for example "RSA-3072 +1".
   */
  readonly algorithm?: string;
  /**
   * First characters of the fingerprint of the current version in the first environment that has one, and how many other keys there are, for example "SHA256:x62qhemsmqgq +1". The KCV of a symmetric key, for example "KCV DC95C0"; the key id of an OpenPGP key, for example "PGP 89ABCDEF01234567".
   */
  readonly fingerprint?: string;
  /**
   * Origin of the current versions, Generated or Imported; Mixed when environments differ.
   */
  readonly origin?: string;
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
export interface CryptoKeyStatusEnvironment {
  /**
   * Name of the environment.
   */
  readonly name: string;
  /**
   * As status.state, for this environment alone. Withdrawn: taken away by spec. Of several, the first of Revoked, Expired, Withdrawn and Suspended.
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
   * Versions that are in use or revoked, newest first. The older one of two valid versions is Retiring; a version that retired is no longer listed.
   */
  readonly versions?: readonly CryptoKeyStatusEnvironmentVersion[];
  /**
   * Delivery to each namespace, failures first. At most 64 rows in the whole status; deployment counts all.
   */
  readonly namespaces?: readonly CryptoKeyStatusEnvironmentNamespace[];
}

/**
 * One version of the key of one environment.
 */
export interface CryptoKeyStatusEnvironmentVersion {
  /**
   * Number of the version, counted for the whole key; an environment may skip numbers.
   */
  readonly version: number;
  /**
   * Current: valid and delivered. Retiring: superseded, and valid for as long as it is listed here, which ends at retireAt or soon after. Revoked: never to be used again.
   */
  readonly state: 'Current' | 'Retiring' | 'Revoked';
  /**
   * When state became what it is, in RFC 3339: when a Current version was issued, a Retiring one superseded, a Revoked one revoked.
   */
  readonly stateSince?: string;
  /**
   * Why the version was issued. FirstIssue: the environment had none. Triggered: by order. IntervalPassed: by rotation.interval. ImportChanged: the source of an import holds another key. AlgorithmChanged: spec.algorithm changed. MaterialLost: neither the record nor a Secret held the last one any more.
   */
  readonly cause?:
    'FirstIssue' | 'Triggered' | 'IntervalPassed' | 'ImportChanged' | 'AlgorithmChanged' | 'MaterialLost';
  /**
   * Public id of the version, for example "0f3k9m2xq71z". Safe in logs.
   */
  readonly keyId: string;
  /**
   * Algorithm of the key, for example "RSA-3072". For an RSA key of unusual size the nearest one below; bits says the size.
   */
  readonly algorithm: string;
  /**
   * Size of the key in bits, measured.
   */
  readonly bits: number;
  /**
   * "SHA256:" and the base64url digest of the public key (SPKI, DER). The same for a private key and its public half. Absent for symmetric and OpenPGP keys.
   */
  readonly fingerprint?: string;
  /**
   * JWK thumbprint of the public key (RFC 7638), the kid of its JWK. Absent for symmetric and OpenPGP keys.
   */
  readonly thumbprint?: string;
  /**
   * Key check value of a symmetric key, six hex digits, for example "DC95C0". Absent for other keys.
   */
  readonly kcv?: string;
  /**
   * Fingerprint of an OpenPGP key in hex, as gpg shows it. Absent for other keys.
   */
  readonly openpgpFingerprint?: string;
  /**
   * The public key as text: PEM (SPKI), or armoured OpenPGP. Absent for symmetric keys, for versions that are neither Current nor Retiring, for one that is longer than 16 KiB, and where all of them together would exceed 128 KiB; the delivered Secrets always have it.
   */
  readonly publicKey?: string;
  /**
   * Tells whether two keys are the same, for the operator only: "hmac-sha256:", the id of the operator's pepper, and the hex HMAC of the key.
   */
  readonly hash: string;
  /**
   * Whether the operator minted the key or imported it.
   */
  readonly origin: 'Generated' | 'Imported';
  /**
   * When the version was minted or imported, in RFC 3339.
   */
  readonly createdAt: string;
  /**
   * When the version expires, in RFC 3339. Absent when it does not.
   */
  readonly expiresAt?: string;
  /**
   * When a Retiring version is due to go, in RFC 3339. It leaves the Secrets first and this list right after, and is valid until then: a namespace that cannot be written, or a key that is no longer accepted, delays that by an hour at most, a suspension by the project for as long as it lasts. Absent in other states, and until the newer version is delivered.
   */
  readonly retireAt?: string;
}

/**
 * Delivery to one namespace.
 */
export interface CryptoKeyStatusEnvironmentNamespace {
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
