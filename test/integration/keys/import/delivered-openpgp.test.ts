import { expect, it } from 'vitest';
import { renderFormats } from '../../../../src/keys/crypto/formats/render.ts';
import type { RenderRequest } from '../../../../src/keys/crypto/formats/render-request.ts';
import { gnupgHome } from '../../../support/gnupg-home.ts';
import { SAMPLE_PASSPHRASE, requestFor } from '../../../support/key-samples.ts';
import { sequoiaFolder } from '../../../support/sequoia-folder.ts';
import { importing } from './tools.ts';

const MESSAGE = 'charge 17';

/** The armoured files in which an imported key is delivered. */
async function delivered(file: Uint8Array, passphrase?: string): Promise<Readonly<Record<string, Uint8Array>>> {
  const outcome = await importing('OpenPGP', file);
  if (outcome.kind !== 'Accepted') throw new Error(outcome.message);
  const request: RenderRequest = requestFor(outcome.material, passphrase);
  return await renderFormats({ ...request, formats: ['OpenPGP'] });
}

it.each(['cv25519', 'rsa3k'])('a key of sq (%s) signs and decrypts in gpg as we deliver it, locked', async (suite) => {
  await using folder = await sequoiaFolder();
  await using home = await gnupgHome();
  const made = ['--cipher-suite', suite, '--userid', 'Payments', '--export', '-', '--rev-cert', 'key.rev'];
  const data = await delivered(await folder.sq(['key', 'generate', ...made]), SAMPLE_PASSPHRASE);
  for (const [name, bytes] of Object.entries(data)) await folder.write(name, bytes);
  const described = (await folder.sq(['inspect', 'private.asc'])).toString();
  // The primary key and what sq adds to it: one to authenticate, one to sign, one to encrypt.
  expect(described.match(/Secret key: Encrypted/gu)).toHaveLength(4);
  const use = ['--pinentry-mode', 'loopback', '--passphrase', SAMPLE_PASSPHRASE];
  await home.gpg([...use, '--import'], data['private.asc']);
  const encrypting = ['encrypt', '--compression', 'none', '--recipient-cert', 'public.asc'];
  const encrypted = await folder.sq(encrypting, MESSAGE);
  expect((await home.gpg([...use, '--decrypt'], encrypted)).toString()).toBe(MESSAGE);
  const signed = await home.gpg([...use, '--sign'], MESSAGE);
  expect((await folder.sq(['verify', '--signer-cert', 'public.asc'], signed)).toString()).toBe(MESSAGE);
});

it.each(['future-default', 'rsa3072'])('a key of gpg (%s) signs and decrypts in sq as we deliver it', async (kind) => {
  await using folder = await sequoiaFolder();
  await using home = await gnupgHome();
  await home.gpg(['--passphrase', '', '--quick-generate-key', 'Payments', kind, 'default', 'never']);
  // RSA of that command has a primary key that signs and no more.
  const listing = (await home.gpg(['--with-colons', '--list-keys'])).toString();
  const fingerprint = /^fpr:+([0-9A-F]{40}):/mu.exec(listing)?.[1] ?? '';
  if (kind.startsWith('rsa')) await home.gpg(['--passphrase', '', '--quick-add-key', fingerprint, kind, 'encrypt']);
  const data = await delivered(await home.gpg(['--export-secret-keys']));
  for (const [name, bytes] of Object.entries(data)) await folder.write(name, bytes);
  const encrypted = await home.gpg(['--trust-model', 'always', '--recipient', fingerprint, '--encrypt'], MESSAGE);
  expect((await folder.sq(['decrypt', '--recipient-key', 'private.asc'], encrypted)).toString()).toBe(MESSAGE);
  const signed = await folder.sq(['sign', '--signer-key', 'private.asc'], MESSAGE);
  expect((await home.gpg(['--decrypt'], signed)).toString()).toBe(MESSAGE);
});
