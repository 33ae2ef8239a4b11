import { ROTATE_ANNOTATION } from '../api/labels.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { SECRETS } from '../kube/objects/resource.ts';
import { ImportKeys } from '../sealing/import-keys.ts';
import {
  decodeImportSecret,
  firstImport,
  IMPORT_NAME,
  IMPORT_TYPE,
  importData,
  importSecret,
  newImportKey,
  type DecodedImport,
  type StoredImport,
} from './import-secret.ts';
import { hasRecord, readOrCreate, type InstallationAccess } from './read-or-create.ts';
import { SecretCopy } from './secret-copy.ts';

/** Messages can be opened and keys sealed. */
export interface ReadyImportKeys {
  readonly kind: 'Ready';
  readonly installation: string;
  readonly keys: ImportKeys;
  /** For restoreInstallation: the Secret as it was read. */
  readonly copy: SecretCopy;
}

/**
 * The import keys, or why there are none. Nothing but sealed imports depends on them, so without them everything
 * else goes on.
 *
 * - ImportKeyMissing: the Secret is not there although records are. A new key could not open what is in Git.
 * - ImportKeyMalformed: the Secret is there and is not what we write. It is left alone.
 */
export type ImportKeysState =
  ReadyImportKeys | { readonly kind: 'ImportKeyMissing' | 'ImportKeyMalformed'; readonly message: string };

/** How an administrator orders a new key where a backup is not to be had; the operator fills the Secret. */
const ORDER = `order a new one, to which every sealed key has to be sealed again: kubectl create secret generic ${IMPORT_NAME} --type=${IMPORT_TYPE} --namespace=`;

/**
 * Reads the Secret keywright-import, and makes it if it is missing and a live list of the namespace shows no record.
 * One that is there without data is an administrator's order to make a key beside records.
 *
 * @param installation Id of the installation.
 * @throws {ApiError | ConnectionError} of the API server, and the signal's reason; calling again is safe.
 */
export async function openImportKeys(installation: string, options: InstallationAccess): Promise<ImportKeysState> {
  const { namespace } = options;
  const make = async (order?: string): Promise<StoredImport> =>
    firstImport(installation, await newImportKey(installation, options.clock.now()), order);
  const creation = {
    name: IMPORT_NAME,
    make: async () => importSecret(namespace, await make()),
    isNeeded: hasRecord,
  };
  const found = await readOrCreate(creation, options);
  if (found === undefined) {
    const message = `Secret "${IMPORT_NAME}" is missing although key records exist: restore it from a backup, or ${ORDER}${namespace}`;
    return { kind: 'ImportKeyMissing', message };
  }
  const secret = isEmpty(found)
    ? await fill(found, await make(found.metadata.annotations?.[ROTATE_ANNOTATION]), options)
    : found;
  const decoded = decodeImportSecret(secret, installation);
  if (decoded.state === 'invalid') return { kind: 'ImportKeyMalformed', message: malformedMessage(decoded.problem) };
  return readyImportKeys(decoded.stored, secret);
}

/** @param secret As the API server has it, with `stored` inside. */
export function readyImportKeys(stored: StoredImport, secret: Secret): ReadyImportKeys {
  const { installation, keys } = stored;
  return { kind: 'Ready', installation, keys: new ImportKeys(keys), copy: new SecretCopy(secret) };
}

function isEmpty({ type, data = {} }: Secret): boolean {
  return type === IMPORT_TYPE && Object.keys(data).length === 0;
}

async function fill(
  secret: Secret,
  stored: StoredImport,
  { client, logger, signal }: InstallationAccess,
): Promise<Secret> {
  const call = signal === undefined ? {} : { signal };
  const filled = await client.update(SECRETS, { ...secret, data: importData(stored) }, call);
  logger.info(
    { namespace: secret.metadata.namespace, name: IMPORT_NAME },
    'Made an import key, as the empty Secret ordered',
  );
  return filled;
}

function malformedMessage(problem: Extract<DecodedImport, { readonly state: 'invalid' }>['problem']): string {
  const faults = {
    WrongType: 'has the wrong type: restore it from a backup',
    Malformed: 'is damaged: restore it from a backup',
    UnknownFormat: 'was written by a newer version: upgrade the operator',
    OtherInstallation: 'belongs to another installation: restore it and keywright-installation from the same backup',
  } as const;
  return `Secret "${IMPORT_NAME}" ${faults[problem]}`;
}
