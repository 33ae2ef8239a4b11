/** Sequoia's sq as the judge: people may seal with it, and it reads what we seal. It has to be there; the test fails without. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImportContext } from '../../../src/sealing/import-context.ts';
import { openImportMessage } from '../../../src/sealing/import-message.ts';
import { sealImportMessage } from '../../../src/sealing/seal-import.ts';
import { IMPORT_INSTALLATION, IMPORT_PLACE, keysOf, recipientOf, storedImport } from '../../support/import-keys.ts';
import { sequoiaFolder } from '../../support/sequoia-folder.ts';
import type { SequoiaFolder } from '../../support/sequoia-folder.ts';

const NOW = new Date();
const notAfter = new Date(NOW.getTime() + 3_600_000);
const place: ImportContext = { installation: IMPORT_INSTALLATION, ...IMPORT_PLACE };
const content = Buffer.from('canary');
const stored = await storedImport(NOW);
const keys = keysOf(stored);

let folder: SequoiaFolder;
beforeAll(async () => {
  folder = await sequoiaFolder();
  await folder.write('import-key.asc', keys.publicKey);
  await folder.write('private.asc', stored.keys[0]?.privateKey ?? '');
});
afterAll(() => folder[Symbol.asyncDispose]());

async function sealedBySq(...more: readonly string[]): Promise<string> {
  const payload = { v: 1, ...place, notAfter: notAfter.toISOString(), content: content.toString('base64') };
  const encrypting = ['encrypt', ...more, '--recipient-cert', 'import-key.asc'];
  return (await folder.sq(encrypting, JSON.stringify(payload))).toString();
}

test('sq describes the published key with its fingerprint', async () => {
  const described = (await folder.sq(['inspect', 'import-key.asc'])).toString();
  expect(described).toContain(`Fingerprint: ${keys.fingerprint.toUpperCase()}\n`);
  expect(described).toContain(IMPORT_INSTALLATION);
});

test('a message that sq encrypted opens', async () => {
  const message = await sealedBySq('--compression', 'none');
  expect(await openImportMessage(keys, message, place, NOW)).toEqual({ kind: 'Opened', content });
});

test('a message that sq padded is refused', async () => {
  const opened = await openImportMessage(keys, await sealedBySq(), place, NOW);
  expect(opened).toMatchObject({ reason: 'MalformedMessage' });
});

test('sq decrypts what we seal, with the private key of the operator', async () => {
  const message = await sealImportMessage(await recipientOf(keys), IMPORT_PLACE, content, { now: NOW, notAfter });
  const payload: unknown = JSON.parse(
    (await folder.sq(['decrypt', '--recipient-key', 'private.asc'], message)).toString(),
  );
  expect(payload).toMatchObject({ v: 1, ...place, content: content.toString('base64') });
});
