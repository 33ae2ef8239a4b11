/**
 * Every label, annotation and finalizer of the group, in one place. Labels are an index and prove
 * nothing; what proves that a Secret is ours is the annotation PROOF (see sealing/proof.ts).
 */
/** On delivered Secrets: what the Secret informer selects. */
export const MANAGED_LABEL = 'keywright.dev/managed';
export const KIND_LABEL = 'keywright.dev/kind';
export const PROJECT_LABEL = 'keywright.dev/project';
export const ENVIRONMENT_LABEL = 'keywright.dev/environment';
export const COMPANY_LABEL = 'keywright.dev/company';
/** First 128 bits of sha256("<kind>/<project>/<namespace>/<name>") in hex: fits a label value. */
export const OWNER_LABEL = 'keywright.dev/owner';

/** On the Secrets of the installation, for people who look for them: which of them it is. */
export const COMPONENT_LABEL = 'keywright.dev/component';

/** On records, for people who look for them. */
export const RECORD_LABEL = 'keywright.dev/record';

/** On delivered Secrets: "<kind>/<namespace>/<name>" of the declaring object. On records too, for people: there the ledger decides. */
export const OWNER_ANNOTATION = 'keywright.dev/owner';
export const VERSION_ANNOTATION = 'keywright.dev/version';
export const KEY_ID_ANNOTATION = 'keywright.dev/key-id';
export const PROOF_ANNOTATION = 'keywright.dev/proof';
/** On a Secret of an author, with the value "true": its owner lets keys of its namespace import from it. */
export const ALLOW_IMPORT_LABEL = 'keywright.dev/allow-import';
/** On a delivered Secret of a CryptoKey: formats, alias and protection that its values were written with. */
export const LAYOUT_ANNOTATION = 'keywright.dev/layout';
/** On a delivered Secret whose token others made: "Imported". */
export const ORIGIN_ANNOTATION = 'keywright.dev/origin';

/** On a foreign Secret: "<kind>/<namespace>/<name>" of the key that may overwrite it. Goes with our first write. */
export const ADOPT_ANNOTATION = 'keywright.dev/adopt';
/** On a KeyProject: id of the installation that owns it. Setting it to another id hands the project over. */
export const INSTALLATION_ANNOTATION = 'keywright.dev/installation';
/** On an orphaned record: "<kind>/<namespace>/<name>" repeated by an admin withdraws its Secrets. */
export const WITHDRAW_ANNOTATION = 'keywright.dev/withdraw';
/**
 * On a key whose record was rolled back: the sequence from the message, when no Secret proves anything. On the
 * record itself when the key is gone: the sequence from the event.
 */
export const ACCEPT_ROLLBACK_ANNOTATION = 'keywright.dev/accept-rollback';

/**
 * On a key: as spec.rotation.trigger. On the Secrets keywright-keyring, keywright-installation and keywright-import: a
 * text never seen there before orders a new key.
 */
export const ROTATE_ANNOTATION = 'keywright.dev/rotate';
/** On the Secret keywright-keyring: id of the former KEK to drop as soon as no record needs it. Goes with the KEK. */
export const DROP_KEK_ANNOTATION = 'keywright.dev/drop-kek';

/** On the Secret keywright-installation: id of the former MAC key to drop as soon as nothing is signed by it. Goes with the key. */
export const DROP_MAC_KEY_ANNOTATION = 'keywright.dev/drop-mac-key';

/** On records: id of the installation whose reset took them over. While one has it, no further reset is carried out. */
export const RESET_ANNOTATION = 'keywright.dev/reset-installation';

/** On our own objects only: holds a key until its Secrets are withdrawn, a project while keys use it. */
export const FINALIZER = 'keywright.dev/finalizer';
