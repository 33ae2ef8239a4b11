import { describe, expect, it } from 'vitest';
import { renderFormats } from '../../../../src/keys/crypto/formats/render.ts';
import { SAMPLE_PASSPHRASE, openPgpSample, requestFor } from '../../../support/key-samples.ts';
import { sequoiaFolder } from '../../../support/sequoia-folder.ts';
import type { SequoiaFolder } from '../../../support/sequoia-folder.ts';

const MESSAGE = 'charge 17';

/** Lays a key out in files by the names of their data keys. */
async function layOut(folder: SequoiaFolder, options: Parameters<typeof openPgpSample>[0], passphrase?: string) {
  const data = await renderFormats({ ...requestFor(await openPgpSample(options), passphrase), formats: ['OpenPGP'] });
  for (const [name, bytes] of Object.entries(data)) await folder.write(name, bytes);
}

describe.each([
  { name: 'ECC', options: { type: 'ecc' } },
  { name: 'RSA', options: { type: 'rsa', rsaBits: 2048 } },
] as const)('the OpenPGP format of $name', ({ options }) => {
  it('signs with private.asc what sq verifies with public.asc', async () => {
    await using folder = await sequoiaFolder();
    await layOut(folder, options);
    const signed = await folder.sq(['sign', '--signer-key', 'private.asc'], MESSAGE);
    expect((await folder.sq(['verify', '--signer-cert', 'public.asc'], signed)).toString()).toBe(MESSAGE);
  });

  it('decrypts with private.asc what sq encrypted to public.asc', async () => {
    await using folder = await sequoiaFolder();
    await layOut(folder, options);
    const encrypted = await folder.sq(['encrypt', '--recipient-cert', 'public.asc'], MESSAGE);
    expect((await folder.sq(['decrypt', '--recipient-key', 'private.asc'], encrypted)).toString()).toBe(MESSAGE);
  });

  it('has a private.asc whose every part sq finds locked under a passphrase, and open without', async () => {
    await using folder = await sequoiaFolder();
    const locks = async (passphrase?: string): Promise<readonly string[]> => {
      await layOut(folder, options, passphrase);
      const text = (await folder.sq(['inspect', 'private.asc'])).toString();
      return Array.from(text.matchAll(/Secret key: (\w+)/gu), ([, lock = '']) => lock);
    };
    expect(await locks(SAMPLE_PASSPHRASE)).toEqual(['Encrypted', 'Encrypted']);
    expect(await locks()).toEqual(['Unencrypted', 'Unencrypted']);
  });
});
