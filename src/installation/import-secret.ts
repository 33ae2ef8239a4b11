import { createHash } from 'node:crypto';
import { COMPONENT_LABEL } from '../api/labels.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { ajv } from '../sealing/ajv.ts';
import type { ImportKey } from '../sealing/import-keys.ts';
import { IMPORT_USER_NAME } from '../sealing/seal-import.ts';
import { parseStored } from '../sealing/stored-json.ts';
import type { StoredProblem } from './key-list.ts';

/** Name of the Secret and of the ConfigMap, in the operator's namespace, with the import keys and the public one. */
export const IMPORT_NAME = 'keywright-import';

/** Type of the Secret. */
export const IMPORT_TYPE = 'keywright.dev/import';

/** Retired keys open old messages, so none is ever dropped. */
export const MAX_IMPORT_KEYS = 64;

const FORMAT = 1;
const MAX_LENGTH = 512 * 1024;

/** What the Secret holds. */
export interface StoredImport {
  /** Id of the installation the keys were made for. */
  readonly installation: string;
  readonly keys: readonly StoredImportKey[];
  /** SHA-256, in hexadecimal, of the rotation orders that were carried out. */
  readonly rotations: readonly string[];
}

export interface StoredImportKey extends ImportKey {
  /** RFC 3339. */
  readonly createdAt: string;
}

export type DecodedImport =
  | { readonly state: 'valid'; readonly stored: StoredImport }
  | { readonly state: 'invalid'; readonly problem: StoredProblem | 'OtherInstallation' };

const text = (maxLength: number): object => ({ type: 'string', minLength: 1, maxLength });
const isStored = ajv.compile<StoredImport & { readonly format: typeof FORMAT }>({
  type: 'object',
  properties: {
    format: { const: FORMAT },
    installation: text(64),
    rotations: { type: 'array', maxItems: MAX_IMPORT_KEYS, items: text(64) },
    keys: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_IMPORT_KEYS,
      items: {
        type: 'object',
        properties: {
          fingerprint: { type: 'string', pattern: '^[0-9a-f]{40}$' },
          privateKey: text(4096),
          publicKey: text(4096),
          state: { enum: ['Active', 'Retired'] },
          createdAt: text(32),
        },
        required: ['fingerprint', 'privateKey', 'publicKey', 'state', 'createdAt'],
        additionalProperties: false,
      },
    },
  },
  required: ['format', 'installation', 'rotations', 'keys'],
  additionalProperties: false,
});

/**
 * A new import key. Its randomness is WebCrypto's, as the library takes none. Of version 4 with curve 25519 in the
 * form that gpg 2.2 reads, so that people may seal with gpg too; it does not expire, as old messages must open.
 */
export async function newImportKey(installation: string, now: Date): Promise<StoredImportKey> {
  const { generateKey, readKey } = await import('openpgp');
  const { privateKey, publicKey } = await generateKey({
    type: 'ecc',
    userIDs: [{ name: `${IMPORT_USER_NAME} ${installation}` }],
    date: now,
    format: 'armored',
  });
  const fingerprint = (await readKey({ armoredKey: publicKey })).getFingerprint();
  return { fingerprint, privateKey, publicKey, state: 'Active', createdAt: now.toISOString() };
}

/** The same with a new active key beside the others, which retire. */
export function withImportKey(stored: StoredImport, key: StoredImportKey, order: string): StoredImport {
  const retired = stored.keys.map((former): StoredImportKey => ({ ...former, state: 'Retired' }));
  return { ...stored, keys: [key, ...retired], rotations: [hashOrder(order), ...stored.rotations] };
}

/** Whether the order, the text of the annotation keywright.dev/rotate, is one to carry out. */
export function isNewOrder({ rotations }: StoredImport, order: string | undefined): order is string {
  return order !== undefined && order !== '' && !rotations.includes(hashOrder(order));
}

/** The first content. @param order Present at the making, so carried out with it. */
export function firstImport(installation: string, key: StoredImportKey, order: string | undefined): StoredImport {
  return { installation, keys: [key], rotations: order ? [hashOrder(order)] : [] };
}

export function importSecret(namespace: string, stored: StoredImport): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: IMPORT_NAME, namespace, labels: { [COMPONENT_LABEL]: 'import' } },
    type: IMPORT_TYPE,
    data: importData(stored),
  };
}

/** The Secret's `data`: JSON under `keys`. */
export function importData(stored: StoredImport): Readonly<Record<string, string>> {
  return { keys: Buffer.from(JSON.stringify({ format: FORMAT, ...stored })).toString('base64') };
}

/** Reads the Secret of the given installation. Never throws, and says nothing of what it found. */
export function decodeImportSecret({ type, data }: Secret, installation: string): DecodedImport {
  if (type !== IMPORT_TYPE) return { state: 'invalid', problem: 'WrongType' };
  const json = Buffer.from(data?.['keys'] ?? '', 'base64').toString();
  const found = json.length > MAX_LENGTH ? 'Malformed' : parseStored(json, FORMAT, isStored);
  if (typeof found === 'string') return { state: 'invalid', problem: found };
  const { format: _format, ...stored } = found;
  if (stored.keys.filter(({ state }) => state === 'Active').length !== 1) {
    return { state: 'invalid', problem: 'Malformed' };
  }
  return stored.installation === installation
    ? { state: 'valid', stored }
    : { state: 'invalid', problem: 'OtherInstallation' };
}

function hashOrder(order: string): string {
  return createHash('sha256').update(order).digest('hex');
}
