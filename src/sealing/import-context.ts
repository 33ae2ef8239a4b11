import { MAX_KEY_BYTES, MAX_PASSPHRASE_BYTES, MAX_TOKEN_BYTES } from '../keys/import-limits.ts';
import { withoutLineEnd } from '../keys/line-end.ts';

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

/** Largest value of each field, in bytes. A message with the largest passphrase has less than 8192 characters. */
export const MAX_FIELD_BYTES: Readonly<Record<ImportField, number>> = {
  token: MAX_TOKEN_BYTES,
  key: MAX_KEY_BYTES,
  passphrase: MAX_PASSPHRASE_BYTES,
};

/** A key is taken as it is; the line end of a token or a passphrase is no part of it. A view of the same bytes. */
export function valueOf(field: ImportField, content: Uint8Array): Uint8Array {
  return field === 'key' ? content : withoutLineEnd(content);
}

/** Is the value larger than its field may be? */
export function isTooLarge(field: ImportField, content: Uint8Array): boolean {
  return valueOf(field, content).length > MAX_FIELD_BYTES[field];
}

/** Longest armoured message that is read: 16 KiB of content, twice in base64, with room for a few recipients. */
export const MAX_MESSAGE_CHARACTERS: number = 48 * 1024;
