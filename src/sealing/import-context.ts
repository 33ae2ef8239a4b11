/** What a sealed value is: the token of an ApiKey, the key of a CryptoKey, or the passphrase that key is protected with. */
export type ImportField = 'token' | 'key' | 'passphrase';

/** Where a sealed value belongs. A message opens for just this place, so that nobody can replay it into another. */
export interface ImportContext {
  /** Id of the installation. */
  readonly installation: string;
  readonly project: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Name of an environment. In a message also `EVERY_ENVIRONMENT`. */
  readonly environment: string;
  readonly field: ImportField;
}

/** Stands in a message that is meant for whichever environment its key declares. */
export const EVERY_ENVIRONMENT = '*';

/** The member of `import` that takes the message. */
export const MESSAGE_MEMBERS: Readonly<Record<ImportField, string>> = {
  token: 'openpgpMessage',
  key: 'openpgpMessage',
  passphrase: 'passphraseOpenpgpMessage',
};

/** Largest value that can be imported. */
export const MAX_CONTENT_BYTES: number = 16 * 1024;

/** Largest value of each field, in bytes. A message with the largest passphrase has less than 8192 characters. */
export const MAX_FIELD_BYTES: Readonly<Record<ImportField, number>> = {
  token: MAX_CONTENT_BYTES,
  key: MAX_CONTENT_BYTES,
  passphrase: 1024,
};

/** Longest armoured message that is read: 16 KiB of content, twice in base64, with room for a few recipients. */
export const MAX_MESSAGE_CHARACTERS: number = 48 * 1024;
