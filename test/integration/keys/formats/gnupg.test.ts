import { readKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { renderFormats } from '../../../../src/keys/crypto/formats/render.ts';
import { gnupgHome } from '../../../support/gnupg-home.ts';
import type { GnupgHome } from '../../../support/gnupg-home.ts';
import { SAMPLE_PASSPHRASE, openPgpSample, requestFor } from '../../../support/key-samples.ts';

const MESSAGE = 'charge 17';
const withPassphrase = (passphrase: string): readonly string[] => [
  '--pinentry-mode',
  'loopback',
  '--passphrase',
  passphrase,
];

async function importedKey(home: GnupgHome, options: Parameters<typeof openPgpSample>[0], passphrase?: string) {
  const request = requestFor(await openPgpSample(options), passphrase);
  const data = await renderFormats({ ...request, formats: ['OpenPGP'] });
  const key = await readKey({ armoredKey: Buffer.from(data['public.asc'] ?? []).toString() });
  await home.gpg([...withPassphrase(passphrase ?? ''), '--import'], data['private.asc']);
  return { data, fingerprint: key.getFingerprint() };
}

const kinds = [
  { name: 'ECC', options: { type: 'ecc' } },
  { name: 'RSA', options: { type: 'rsa', rsaBits: 2048 } },
] as const;

describe.each(kinds)('private.asc of $name', ({ options }) => {
  it.each([
    ['unlocked', undefined],
    ['locked', SAMPLE_PASSPHRASE],
  ])('%s signs and decrypts in gpg', async (_, passphrase) => {
    await using home = await gnupgHome();
    const { fingerprint } = await importedKey(home, options, passphrase);
    const use = withPassphrase(passphrase ?? '');
    const signed = await home.gpg([...use, '--local-user', fingerprint, '--sign'], MESSAGE);
    expect((await home.gpg(['--decrypt'], signed)).toString()).toBe(MESSAGE);
    const encrypted = await home.gpg(['--trust-model', 'always', '--recipient', fingerprint, '--encrypt'], MESSAGE);
    expect((await home.gpg([...use, '--decrypt'], encrypted)).toString()).toBe(MESSAGE);
  });

  it('locked is of no use with another passphrase', async () => {
    await using home = await gnupgHome();
    const { fingerprint } = await importedKey(home, options, SAMPLE_PASSPHRASE);
    const signing = home.gpg([...withPassphrase('another'), '--local-user', fingerprint, '--sign'], MESSAGE);
    await expect(signing).rejects.toThrow('Bad passphrase');
  });
});

describe('public.asc', () => {
  it.each(kinds)('of $name imports as a public key alone, of the same fingerprint', async ({ options }) => {
    await using home = await gnupgHome();
    await using other = await gnupgHome();
    const { data, fingerprint } = await importedKey(home, options);
    await other.gpg(['--import'], data['public.asc']);
    const listed = (await other.gpg(['--with-colons', '--list-keys'])).toString();
    expect(listed).toContain(`fpr:::::::::${fingerprint.toUpperCase()}:`);
    expect((await other.gpg(['--with-colons', '--list-secret-keys'])).toString()).toBe('');
  });
});
