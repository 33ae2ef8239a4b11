import type { Message, PartialConfig } from 'openpgp';
import {
  EVERY_ENVIRONMENT,
  isTooLarge,
  MAX_FIELD_BYTES,
  MAX_MESSAGE_CHARACTERS,
  MESSAGE_MEMBERS,
  type ImportContext,
  type ImportField,
} from './import-context.ts';
import type { ImportKeys } from './import-keys.ts';
import { decodePayload } from './import-payload.ts';

/**
 * Why a sealed message was not taken:
 *
 * - MalformedMessage: it is no OpenPGP message of the expected shape, was altered, or is too large.
 * - UnknownImportKey: it is sealed to a key that this installation does not have.
 * - ContextMismatch: it was sealed for another place.
 * - ImportExpired: its notAfter has passed.
 */
export type ImportRefusal = 'MalformedMessage' | 'UnknownImportKey' | 'ContextMismatch' | 'ImportExpired';

/**
 * `content` is the caller's to wipe. `message` is a text for people that quotes nothing. What an Expired message holds
 * tells only whether it was imported in its time; it is not to be imported any more.
 */
export type OpenedImport =
  | { readonly kind: 'Opened'; readonly content: Uint8Array }
  | {
      readonly kind: 'Expired';
      readonly reason: 'ImportExpired';
      readonly message: string;
      readonly content: Uint8Array;
    }
  | RefusedImport;

interface RefusedImport {
  readonly kind: 'Refused';
  readonly reason: Exclude<ImportRefusal, 'ImportExpired'>;
  readonly message: string;
}

const MAX_RECIPIENTS = 8;

/** Bounds on what parsing may cost. A message with a passphrase, the only one with Argon2, is refused before that runs. */
const CONFIG: PartialConfig = { maxDecompressedMessageSize: 32 * 1024, maxArgon2MemoryExponent: 16 };

const SUBJECTS: readonly (readonly [keyof ImportContext, string])[] = [
  ['installation', 'installation'],
  ['project', 'project'],
  ['kind', 'kind of key'],
  ['namespace', 'namespace'],
  ['name', 'name'],
  ['environment', 'environment'],
  ['field', 'field'],
];

/**
 * Opens a message that `keywright seal`, or gpg with the same JSON, sealed to one of the import keys, and
 * checks that it was meant for this place and time. Nothing that is wrong with the message throws.
 *
 * @param armoured An OpenPGP message (RFC 9580): public-key encrypted, integrity protected.
 * @param expected The place it is read for.
 */
export async function openImportMessage(
  keys: ImportKeys,
  armoured: string,
  expected: ImportContext,
  now: Date,
): Promise<OpenedImport> {
  const { field } = expected;
  const plaintext = await decrypt(keys, armoured, now);
  if (!(plaintext instanceof Uint8Array)) return refused(plaintext, field);
  const payload = decodePayload(plaintext);
  plaintext.fill(0);
  if (payload === undefined) return refused('MalformedMessage', field);
  const { content, context, notAfter } = payload;
  const refusal = contextRefusal(context, expected) ?? sizeRefusal(content, field);
  if (refusal === undefined) {
    const isExpired = now > notAfter;
    return isExpired ? { kind: 'Expired', content, ...expired(field) } : { kind: 'Opened', content };
  }
  content.fill(0);
  return refusal;
}

type Unread = 'MalformedMessage' | 'UnknownImportKey';

async function decrypt(keys: ImportKeys, armoured: string, now: Date): Promise<Uint8Array | Unread> {
  if (armoured.length > MAX_MESSAGE_CHARACTERS) return 'MalformedMessage';
  const openpgp = await import('openpgp');
  try {
    const message = await openpgp.readMessage({ armoredMessage: armoured, config: CONFIG });
    if (!isSealed(message, openpgp.enums.packet)) return 'MalformedMessage';
    const decryptionKeys = await keys.withKeyId(message.getEncryptionKeyIDs().map((id) => id.toHex()));
    if (decryptionKeys === undefined) return 'UnknownImportKey';
    // A clock that is behind must not make the key one of the future.
    const date = new Date(Math.max(now.getTime(), decryptionKeys.getCreationTime().getTime()));
    const decryption = { message, decryptionKeys, format: 'binary', config: CONFIG, date } as const;
    // The type the library declares needs a package that it does not bring.
    const { data } = (await openpgp.decrypt(decryption)) as { readonly data: unknown };
    return data instanceof Uint8Array ? data : 'MalformedMessage';
  } catch {
    // The library's text may quote the message.
    return 'MalformedMessage';
  }
}

/** Session keys for a few recipients and one integrity-protected body, nothing else: above all no passphrase. */
function isSealed(
  { packets }: Message<string>,
  tags: { readonly publicKeyEncryptedSessionKey: number; readonly symEncryptedIntegrityProtectedData: number },
): boolean {
  const recipients = packets.filterByTag(tags.publicKeyEncryptedSessionKey).length;
  const bodies = packets.filterByTag(tags.symEncryptedIntegrityProtectedData).length;
  const isWhole = recipients + bodies === packets.length;
  return isWhole && bodies === 1 && recipients >= 1 && recipients <= MAX_RECIPIENTS;
}

function contextRefusal(context: ImportContext, expected: ImportContext): RefusedImport | undefined {
  const foreign = SUBJECTS.find(
    ([subject]) =>
      context[subject] !== expected[subject] &&
      !(subject === 'environment' && context.environment === EVERY_ENVIRONMENT),
  );
  if (foreign === undefined) return undefined;
  const member = MESSAGE_MEMBERS[expected.field];
  const message = `The ${member} was sealed for another ${foreign[1]}: seal the ${expected.field} for this place`;
  return { kind: 'Refused', reason: 'ContextMismatch', message };
}

function sizeRefusal(content: Uint8Array, field: ImportField): RefusedImport | undefined {
  if (!isTooLarge(field, content)) return undefined;
  const message = `The ${MESSAGE_MEMBERS[field]} holds more than ${MAX_FIELD_BYTES[field]} bytes: seal the ${field} alone`;
  return { kind: 'Refused', reason: 'MalformedMessage', message };
}

function expired(field: ImportField): { readonly reason: 'ImportExpired'; readonly message: string } {
  const message = `The ${MESSAGE_MEMBERS[field]} was sealed for a time that is over: seal the ${field} again`;
  return { reason: 'ImportExpired', message };
}

function refused(reason: Unread, field: ImportField): RefusedImport {
  const message = {
    MalformedMessage: `cannot be read: seal the ${field} again with "keywright seal"`,
    UnknownImportKey: 'is sealed to a key that this installation does not have: seal again to its current import key',
  }[reason];
  return { kind: 'Refused', reason, message: `The ${MESSAGE_MEMBERS[field]} ${message}` };
}
