/** GnuPG as the judge: people may seal with it, and it reads what we seal. It has to be there; the test fails without. */
import { execFile, type ExecFileException } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImportContext } from '../../../src/sealing/import-context.ts';
import { openImportMessage } from '../../../src/sealing/import-message.ts';
import { sealImportMessage } from '../../../src/sealing/seal-import.ts';
import { IMPORT_INSTALLATION, IMPORT_PLACE, keysOf, recipientOf, storedImport } from '../../support/import-keys.ts';

const execute = promisify(execFile);
const NOW = new Date();
const notAfter = new Date(NOW.getTime() + 3_600_000);
const place: ImportContext = { installation: IMPORT_INSTALLATION, ...IMPORT_PLACE };
const stored = await storedImport(NOW);
const keys = keysOf(stored);
let home: string;

beforeAll(async () => {
  // Short: the socket of its agent lies there, and the path of a socket has 107 bytes.
  home = await mkdtemp('/tmp/kwgpg-');
  await chmod(home, 0o700);
});
afterAll(async () => {
  await execute('gpgconf', ['--homedir', home, '--kill', 'all']);
  await rm(home, { recursive: true, force: true });
});

async function gpg(...argv: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute('gpg', [
      '--homedir',
      home,
      '--batch',
      '--yes',
      '--trust-model',
      'always',
      ...argv,
    ]);
    return stdout;
  } catch (error) {
    throw new Error(`gpg failed: ${(error as ExecFileException).stderr ?? 'it cannot be run'}`, { cause: error });
  }
}

async function file(name: string, text: string): Promise<string> {
  const path = join(home, name);
  await writeFile(path, text);
  return path;
}

test('gpg imports the published key and shows its fingerprint', async () => {
  await gpg('--import', await file('import-key.asc', keys.publicKey));
  const listed = await gpg('--with-colons', '--list-keys', keys.fingerprint);
  expect(listed.toLowerCase()).toContain(`fpr:::::::::${keys.fingerprint}:`);
  expect(listed).toContain(IMPORT_INSTALLATION);
});

test.each([
  ['compressed', []],
  ['plain', ['--compress-algo', 'none']],
] as const)('a message that gpg encrypted opens, %s', async (_name, more) => {
  const content = Buffer.from('canary');
  const payload = { v: 1, ...place, notAfter: notAfter.toISOString(), content: content.toString('base64') };
  const json = await file('payload.json', JSON.stringify(payload));
  const output = join(home, 'message.asc');
  await gpg(...more, '--armor', '--recipient', keys.fingerprint, '--output', output, '--encrypt', json);
  const message = await readFile(output, 'utf8');
  expect(await openImportMessage(keys, message, place, NOW)).toEqual({ kind: 'Opened', content });
});

test('a message that gpg encrypted to a passphrase too is refused', async () => {
  const json = await file('payload.json', JSON.stringify({ v: 1, ...place }));
  const output = join(home, 'both.asc');
  const passphrase = ['--pinentry-mode', 'loopback', '--passphrase', 'canary', '--symmetric'];
  await gpg(...passphrase, '--armor', '--recipient', keys.fingerprint, '--output', output, '--encrypt', json);
  const opened = await openImportMessage(keys, await readFile(output, 'utf8'), place, NOW);
  expect(opened).toMatchObject({ reason: 'MalformedMessage' });
});

test('gpg decrypts what we seal, with the private key of the operator', async () => {
  await gpg('--import', await file('private.asc', stored.keys[0]?.privateKey ?? ''));
  const content = Buffer.from('canary');
  const message = await sealImportMessage(await recipientOf(keys), IMPORT_PLACE, content, { now: NOW, notAfter });
  const payload: unknown = JSON.parse(await gpg('--decrypt', await file('sealed.asc', message)));
  expect(payload).toEqual({
    v: 1,
    ...place,
    notAfter: `${notAfter.toISOString().slice(0, 19)}Z`,
    content: content.toString('base64'),
  });
});
