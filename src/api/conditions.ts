/**
 * Condition types and reasons. Both are an API: a reason is never renamed and never reused. Every reason
 * says here under which condition it appears and what it means; docs/reference/conditions.md lists them,
 * generated from here.
 */

/**
 * Ready: the only summary. For an ApiKey or CryptoKey: the spec is accepted, every environment's token or key is
 * minted or imported, and every namespace carries it. For a KeyProject: it is claimed and every namespace it names is
 * there.
 *
 * - True: Delivered, Suspended and Revoked (declared and enforced), Mapped (KeyProject)
 * - Unknown, with Reconciling=True (work in progress): Pending, Checking, Generating, Delivering, Withdrawing
 * - False (broken, retried): NamespaceMissing, NamespaceTerminating, Forbidden, QuotaExceeded,
 *   DeliveryFailed, InternalError, InUse
 * - False, with Stalled=True (needs an edit, looked at every 5 min): every reason of Accepted=False,
 *   SecretConflict, NamespaceTaken, NamespaceReserved, SelectorNotServed, Expired, RecordRolledBack, RecordInvalid,
 *   KEKMissing, KeyringMalformed, PeppersMissing, PeppersMalformed,
 *   InstallationMissing, InstallationMalformed
 */
export const READY = 'Ready';

/**
 * Accepted: the spec agrees with the project and its policy, and what is to be imported is taken. False freezes the key:
 * nothing is minted or delivered. A source that is refused or missing stops only what its own environment would import.
 */
export const ACCEPTED = 'Accepted';

/** Issued: every wanted environment has a current version in the ledger. */
export const ISSUED = 'Issued';

/** Deployed: every namespace of every environment carries the current version. */
export const DEPLOYED = 'Deployed';

/** Reconciling: exists, as True, only while work is in progress (kstatus). */
export const RECONCILING = 'Reconciling';

/** Stalled: exists, as True, only while no retry can help until somebody edits something (kstatus). */
export const STALLED = 'Stalled';

/** ExpiresSoon: exists, as True, only while an expiry is near: the last seven days, or fifth, of the time until it. */
export const EXPIRES_SOON = 'ExpiresSoon';

export const Reason = {
  /** Ready=Unknown. The controller has not looked at the object yet, or waits for its project or namespaces to appear; Issued and Deployed=Unknown also while acceptance or the end of suspension is awaited. */
  Pending: 'Pending',
  /** Ready=Unknown. A key that is to be imported is being checked, or waits for its turn; what is delivered stays meanwhile. */
  Checking: 'Checking',
  /** Ready=Unknown. A key that takes seconds to make (RSA, OpenPGP with RSA) is being made, or waits for its turn; what is delivered stays meanwhile. */
  Generating: 'Generating',
  /** Ready=Unknown. Versions are being minted or Secrets written. */
  Delivering: 'Delivering',
  /** Ready=Unknown. The object is being deleted and its Secrets are withdrawn. */
  Withdrawing: 'Withdrawing',
  /** Ready=True. Every namespace carries the current version. */
  Delivered: 'Delivered',
  /** Ready=True, as what was declared is enforced. The key is suspended: verifiers refuse it, Secrets stay. Before anything was issued there are none, which the message, Issued and Deployed=Unknown say. */
  Suspended: 'Suspended',
  /** Ready=True, as what was declared is enforced. What the spec revoked is refused, and no Secret that can be reached carries it. */
  Revoked: 'Revoked',
  /** Ready=True on a KeyProject. Claimed, and every namespace named is there. */
  Mapped: 'Mapped',

  /** Accepted=True. The spec agrees with the project and its policy. */
  Valid: 'Valid',
  /** Accepted=False. No KeyProject of that name exists; what is delivered stays. */
  ProjectNotFound: 'ProjectNotFound',
  /** Accepted=False. The KeyProject is being deleted: what is delivered stays, nothing new is minted. It hides no other reason. */
  ProjectTerminating: 'ProjectTerminating',
  /** Accepted=False on a KeyProject that another installation owns, and on its keys, where that one never reported. Once it has, status is that one's, and only a Warning event of this name tells of the claim. */
  ClaimedElsewhere: 'ClaimedElsewhere',
  /** Accepted=False. The project does not list the key's namespace in authorNamespaces. */
  NamespaceNotAllowed: 'NamespaceNotAllowed',
  /** Accepted=False. The project has no environment of that name. */
  EnvironmentNotFound: 'EnvironmentNotFound',
  /** Accepted=False. The project's policy does not allow what the spec asks for. */
  PolicyViolation: 'PolicyViolation',
  /** Accepted=False. Another namespace declares a key of the same project and name. */
  DuplicateName: 'DuplicateName',
  /** Accepted=False. The ledger remembers this key with another type, or what is to be imported is of another type or algorithm. */
  TypeMismatch: 'TypeMismatch',
  /** Accepted=False. The Secret that a key is to be imported from is not there, and nothing was imported before; or its passphrase is not there, and the key is another one than was imported. Deployed=False: what was imported is in no Secret any more either. */
  ImportSourceMissing: 'ImportSourceMissing',
  /** Accepted=False. The Secret of an import is not labelled for it, or holds credentials of the platform. */
  ImportNotAllowed: 'ImportNotAllowed',
  /** Accepted=False. The installation has no import key that could open the sealed message, and nothing was imported before. */
  ImportKeyMissing: 'ImportKeyMissing',
  /** Accepted=False. The sealed message is no message of the expected form, was altered, or is too large. */
  MalformedMessage: 'MalformedMessage',
  /** Accepted=False. The message is sealed to a key that this installation does not have. */
  UnknownImportKey: 'UnknownImportKey',
  /** Accepted=False. The message was sealed for another installation, project, object, environment or field. */
  ContextMismatch: 'ContextMismatch',
  /** Accepted=False. The message was sealed for a time that is over. */
  ImportExpired: 'ImportExpired',
  /** Accepted=False. One key that is to be imported is larger than 16 KiB, a token larger than 2 KiB, a passphrase larger than 1 KiB, or all that a key imports larger than 160 KiB. Ready=False alone: the key's record would exceed 700 KiB, so that nothing was minted. */
  TooLarge: 'TooLarge',
  /** Accepted=False. What is to be imported cannot be read, or is not exactly one key or token. */
  MalformedKey: 'MalformedKey',
  /** Accepted=False. The key that is to be imported is protected by a passphrase, and none was given. */
  PassphraseRequired: 'PassphraseRequired',
  /** Accepted=False. The key that is to be imported is protected by another passphrase. */
  PassphraseWrong: 'PassphraseWrong',
  /** Accepted=False. The key that is to be imported is of an algorithm that is not for what spec.purpose says. */
  PurposeMismatch: 'PurposeMismatch',
  /** Accepted=False. The key that is to be imported does not exist in a format that spec.outputs asks for, or in none that spec.passphrase protects. Ready=False alone: the same was found when a Secret was to be written. */
  FormatUnavailable: 'FormatUnavailable',
  /** Accepted=False. The private and the public part of the key that is to be imported do not belong together. */
  PairMismatch: 'PairMismatch',
  /** Accepted=False. The key that is to be imported can be guessed, factored or forged, or its owner has let it expire or revoked it. */
  WeakKey: 'WeakKey',
  /** Accepted=False. The token to import is short, or an estimate finds that it can be guessed. */
  WeakSecret: 'WeakSecret',
  /** Accepted=False. Another key, or another environment of this one, has the token to import, or we minted it. */
  DuplicateKey: 'DuplicateKey',
  /** Accepted=False. The key or token to import was revoked here before, in whichever environment of the key. */
  RevokedMaterial: 'RevokedMaterial',
  /** Accepted=False. spec.revocation names a version that was never issued. */
  InvalidRevocation: 'InvalidRevocation',
  /** Accepted=False. The project has as many keys as its policy allows. */
  TooManyKeys: 'TooManyKeys',

  /** Issued=True. Every environment that is neither expired nor suspended by the project has a current version, minted or imported, and one at least has. */
  Generated: 'Generated',

  /** Deployed=True. Every namespace carries the current version. */
  AllReady: 'AllReady',
  /** Deployed=False. A namespace the project names does not exist. */
  NamespaceMissing: 'NamespaceMissing',
  /** Deployed=False. A namespace is being deleted. */
  NamespaceTerminating: 'NamespaceTerminating',
  /** Deployed=False. The namespace already serves another environment of the same project. */
  NamespaceTaken: 'NamespaceTaken',
  /** Deployed=False. The namespace is the operator's own, which is never served. */
  NamespaceReserved: 'NamespaceReserved',
  /** Ready=False on a KeyProject that selects namespaces by label, where the installation may work in named ones only. What it selects is delivered to where the operator may. */
  SelectorNotServed: 'SelectorNotServed',
  /** Deployed=False. A Secret of the wanted name exists and is not provably ours, or another key holds the name. */
  SecretConflict: 'SecretConflict',
  /** Deployed=False. The API server does not let the operator write Secrets there. Ready=False alone: it refuses the key's record or another request. Accepted=False: it does not let the operator read what is to be imported. */
  Forbidden: 'Forbidden',
  /** Deployed=False. A ResourceQuota of the namespace is used up. */
  QuotaExceeded: 'QuotaExceeded',
  /** Deployed=False. A write failed for another cause, or an admission policy changed what was written; it is retried. */
  DeliveryFailed: 'DeliveryFailed',
  /** Deployed=Unknown. The project suspended the environment: nothing new is delivered there. Issued=Unknown: and nothing was issued before. */
  EnvironmentSuspended: 'EnvironmentSuspended',

  /** ExpiresSoon=True. The key, or one of its environments, expires within the last seven days, or fifth, of its time. */
  ExpiresSoon: 'ExpiresSoon',
  /** Ready=False. spec.expiresAt has passed: verifiers refuse, Secrets are withdrawn. The message tells what a later date brings about. Issued=False: it has passed in every environment, and none has a version, or none any more. */
  Expired: 'Expired',
  /** Ready=False. The record is older than what status or Secrets prove; nothing is minted or written. */
  RecordRolledBack: 'RecordRolledBack',
  /** Ready=False. The record does not verify or does not open: it was edited, written by a newer release, or sealed under a key that is gone. */
  RecordInvalid: 'RecordInvalid',
  /** Ready=False. The installation Secret is missing beside records. */
  InstallationMissing: 'InstallationMissing',
  /** Ready=False. The installation Secret is there and cannot be read as one. */
  InstallationMalformed: 'InstallationMalformed',
  /** Ready=False. The keyring Secret is missing beside records or opens none of them, or it is yours to make and not there. */
  KEKMissing: 'KEKMissing',
  /** Ready=False. The keyring Secret is there and cannot be read as one. */
  KeyringMalformed: 'KeyringMalformed',
  /** Ready=False. The Secret with the peppers of keyed hashes is missing beside records that need one. */
  PeppersMissing: 'PeppersMissing',
  /** Ready=False. The Secret with the peppers is there and cannot be read as one. */
  PeppersMalformed: 'PeppersMalformed',
  /** Ready=False on a KeyProject. It is being deleted while keys with a record use it. */
  InUse: 'InUse',
  /** Ready=False. Passes over the object fail again and again; the message says what to do, the operator's log has the details. */
  InternalError: 'InternalError',
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];
