import { firstImport, newImportKey, type StoredImport } from '../../src/installation/import-secret.ts';
import type { ImportContext } from '../../src/sealing/import-context.ts';
import { ImportKeys } from '../../src/sealing/import-keys.ts';
import { readImportRecipient, type ImportRecipient } from '../../src/sealing/seal-import.ts';

/** Id of the installation that the import keys of tests are of. */
export const IMPORT_INSTALLATION: string = 'c8'.repeat(16);

export const IMPORT_MADE_AT: Date = new Date('2027-01-01T00:00:00Z');

/** A place that values of tests are sealed for. */
export const IMPORT_PLACE: Omit<ImportContext, 'installation'> = {
  project: 'payments',
  kind: 'CryptoKey',
  namespace: 'payments-config',
  name: 'partner',
  environment: 'production',
  field: 'key',
};

/** What the Secret of an installation with one import key holds. */
export async function storedImport(madeAt: Date = IMPORT_MADE_AT): Promise<StoredImport> {
  return firstImport(IMPORT_INSTALLATION, await newImportKey(IMPORT_INSTALLATION, madeAt), undefined);
}

export function keysOf({ keys }: StoredImport): ImportKeys {
  return new ImportKeys(keys);
}

export async function recipientOf(keys: ImportKeys): Promise<ImportRecipient> {
  const recipient = await readImportRecipient(keys.publicKey, IMPORT_MADE_AT);
  if (recipient === undefined) throw new TypeError('The import key of the test cannot be read');
  return recipient;
}
