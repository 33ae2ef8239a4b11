import { isTooLarge, MAX_FIELD_BYTES, type ImportContext } from './import-context.ts';
import { encodePayload } from './import-payload.ts';

/** The public half of an import key. */
export interface ImportRecipient {
  /** Armoured. */
  readonly publicKey: string;
  /** Lower-case hexadecimal. */
  readonly fingerprint: string;
  /** Id of the installation, which the key's user id names. */
  readonly installation: string;
}

/** Start of an import key's user id; the installation's id follows. */
export const IMPORT_USER_NAME = 'Keywright import key of installation';

const USER_ID = new RegExp(`^${IMPORT_USER_NAME} ([0-9a-f]{32})$`);

/**
 * Reads an import key as the ConfigMap publishes it; undefined for every other text. That the user id is the key's own
 * is verified by its signature.
 */
export async function readImportRecipient(armoured: string, now: Date): Promise<ImportRecipient | undefined> {
  const { readKey } = await import('openpgp');
  try {
    const key = await readKey({ armoredKey: armoured });
    const { user } = await key.getPrimaryUser(atLeast(key.getCreationTime(), now));
    const [, installation] = USER_ID.exec(user.userID?.userID ?? '') ?? [];
    if (installation === undefined || key.isPrivate()) return undefined;
    return { publicKey: armoured, fingerprint: key.getFingerprint(), installation };
  } catch {
    return undefined;
  }
}

/**
 * Seals a value to an import key, for one place and until `notAfter`.
 *
 * @param context Its installation is the recipient's.
 * @param content At least one byte, and at most what its field may have. The caller wipes it.
 * @returns The armoured OpenPGP message.
 * @throws {RangeError} for content that is empty or too large.
 */
export async function sealImportMessage(
  recipient: ImportRecipient,
  context: Omit<ImportContext, 'installation'>,
  content: Uint8Array,
  { now, notAfter }: { readonly now: Date; readonly notAfter: Date },
): Promise<string> {
  if (content.length === 0 || isTooLarge(context.field, content)) {
    const limit = MAX_FIELD_BYTES[context.field];
    throw new RangeError(`Cannot seal a value: expected 1 to ${limit} bytes, got ${content.length}`);
  }
  const { createMessage, encrypt, enums, readKey } = await import('openpgp');
  const encryptionKeys = await readKey({ armoredKey: recipient.publicKey });
  const binary = encodePayload({ installation: recipient.installation, ...context }, content, notAfter);
  try {
    const message = await createMessage({ binary });
    const config = {
      preferredCompressionAlgorithm: enums.compression.uncompressed,
      showComment: false,
      showVersion: false,
    };
    const date = atLeast(encryptionKeys.getCreationTime(), now);
    // The type the library declares needs a package that it does not bring.
    return String(await encrypt({ message, encryptionKeys, config, date }));
  } finally {
    binary.fill(0);
  }
}

/** A clock that is behind must not make the key one of the future. */
function atLeast(one: Date, other: Date): Date {
  return one > other ? one : other;
}
