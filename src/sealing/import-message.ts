import type { Message, PartialConfig } from 'openpgp';
import { EVERY_ENVIRONMENT, MAX_MESSAGE_CHARACTERS, type ImportContext } from './import-context.ts';
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

/** `content` is the caller's to wipe. `message` is a fixed text for people that quotes nothing. */
export type OpenedImport =
  | { readonly kind: 'Opened'; readonly content: Uint8Array }
  | { readonly kind: 'Refused'; readonly reason: ImportRefusal; readonly message: string };

const MAX_RECIPIENTS = 8;

/** Bounds on what parsing may cost. A message with a passphrase, the only one with Argon2, is refused before that runs. */
const CONFIG: PartialConfig = { maxDecompressedMessageSize: 32 * 1024, maxArgon2MemoryExponent: 16 };

const MALFORMED = refused(
  'MalformedMessage',
  'The openpgpMessage cannot be read: seal the key again with "keywright seal"',
);
const UNKNOWN_KEY = refused(
  'UnknownImportKey',
  'The openpgpMessage is sealed to a key that this installation does not have: seal again to its current import key',
);
const EXPIRED = refused('ImportExpired', 'The openpgpMessage was sealed for a time that is over: seal the key again');

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
  const plaintext = await decrypt(keys, armoured, now);
  if (!(plaintext instanceof Uint8Array)) return plaintext;
  const payload = decodePayload(plaintext);
  plaintext.fill(0);
  if (payload === undefined) return MALFORMED;
  const { content, context, notAfter } = payload;
  const refusal = contextRefusal(context, expected) ?? (now > notAfter ? EXPIRED : undefined);
  if (refusal === undefined) return { kind: 'Opened', content };
  content.fill(0);
  return refusal;
}

async function decrypt(keys: ImportKeys, armoured: string, now: Date): Promise<Uint8Array | OpenedImport> {
  if (armoured.length > MAX_MESSAGE_CHARACTERS) return MALFORMED;
  const openpgp = await import('openpgp');
  try {
    const message = await openpgp.readMessage({ armoredMessage: armoured, config: CONFIG });
    if (!isSealed(message, openpgp.enums.packet)) return MALFORMED;
    const decryptionKeys = await keys.withKeyId(message.getEncryptionKeyIDs().map((id) => id.toHex()));
    if (decryptionKeys === undefined) return UNKNOWN_KEY;
    // A clock that is behind must not make the key one of the future.
    const date = new Date(Math.max(now.getTime(), decryptionKeys.getCreationTime().getTime()));
    const decryption = { message, decryptionKeys, format: 'binary', config: CONFIG, date } as const;
    // The type the library declares needs a package that it does not bring.
    const { data } = (await openpgp.decrypt(decryption)) as { readonly data: unknown };
    return data instanceof Uint8Array ? data : MALFORMED;
  } catch {
    // The library's text may quote the message.
    return MALFORMED;
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

function contextRefusal(context: ImportContext, expected: ImportContext): OpenedImport | undefined {
  const foreign = SUBJECTS.find(
    ([subject]) =>
      context[subject] !== expected[subject] &&
      !(subject === 'environment' && context.environment === EVERY_ENVIRONMENT),
  );
  return foreign === undefined
    ? undefined
    : refused(
        'ContextMismatch',
        `The openpgpMessage was sealed for another ${foreign[1]}: seal the key for this place`,
      );
}

function refused(reason: ImportRefusal, message: string): OpenedImport {
  return { kind: 'Refused', reason, message };
}
