import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPrivateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workshop, importing } from './tools.ts';

let shop: Workshop;
beforeAll(async () => {
  shop = await Workshop.open();
});
afterAll(async () => {
  await shop.close();
});

const sq = (...args: readonly string[]): Promise<Buffer> => shop.run('sq', ...args);

/** Makes `<name>.pgp` and its revocation certificate `<name>.pgp.rev`. Gives the fingerprint. */
async function makeKey(name: string, suite: string, ...more: readonly string[]): Promise<string> {
  const common = ['--cipher-suite', suite, '--userid', `${name} <files@example.com>`, '--export', `${name}.pgp`];
  await sq('key', 'generate', ...common, ...more);
  const text = (await sq('inspect', `${name}.pgp`)).toString();
  return /^ *Fingerprint: ([0-9A-F]{40})$/mu.exec(text)?.[1] ?? '';
}

async function fileOf(name: string): Promise<Buffer> {
  return await readFile(join(shop.folder, name));
}

describe('importMaterial takes what sq makes', () => {
  // With a subkey to authenticate and one to sign, which GnuPG does not make.
  it.each([
    ['OpenPGP-ECC', 'cv25519'],
    ['OpenPGP-RSA-3072', 'rsa3k'],
    ['OpenPGP-RSA-4096', 'rsa4k'],
  ])('%s by "%s", armoured or not, and its certificate', async (algorithm, suite) => {
    const fingerprint = await makeKey(suite, suite);
    for (const file of [await fileOf(`${suite}.pgp`), await sq('dearmor', `${suite}.pgp`)]) {
      const outcome = await importing('OpenPGP', file);
      if (outcome.kind !== 'Accepted') throw new Error(outcome.message);
      expect(outcome.material).toMatchObject({ algorithm, form: 'OpenPgpPrivate' });
      const key = await readPrivateKey({ binaryKey: outcome.material.bytes });
      expect(key.getFingerprint().toUpperCase()).toBe(fingerprint);
      expect(key.getSubkeys()).toHaveLength(3);
      expect(await importing('PublicKey', file)).toMatchObject({ reason: 'TypeMismatch' });
    }
    const certificate = await sq('key', 'extract-cert', `${suite}.pgp`);
    expect(await importing('PublicKey', certificate)).toMatchObject({ material: { algorithm, form: 'OpenPgpPublic' } });
    expect(await importing('OpenPGP', certificate)).toMatchObject({ reason: 'TypeMismatch' });
  });
});

describe('importMaterial refuses what sq makes', () => {
  it('a key with its revocation certificate', async () => {
    await makeKey('revoked', 'cv25519');
    const parts = [await sq('dearmor', 'revoked.pgp'), await sq('dearmor', 'revoked.pgp.rev')];
    expect(await importing('OpenPGP', Buffer.concat(parts))).toMatchObject({
      reason: 'WeakKey',
      message: expect.stringContaining('revoked') as string,
    });
  });

  it('a revocation certificate alone', async () => {
    await makeKey('alone', 'cv25519');
    expect(await importing('PublicKey', await fileOf('alone.pgp.rev'))).toMatchObject({
      reason: 'MalformedKey',
      message: expect.stringContaining('not a key') as string,
    });
  });

  it('a key that has expired', async () => {
    await makeKey('expired', 'cv25519', '--creation-time', '2020-01-01T00:00:00Z', '--expires-in', '1d');
    expect(await importing('OpenPGP', await fileOf('expired.pgp'))).toMatchObject({
      reason: 'WeakKey',
      message: expect.stringContaining('expired') as string,
    });
  });

  it('a private key that its armour calls a public one', async () => {
    await makeKey('mislabelled', 'cv25519');
    const file = await sq('keyring', 'join', 'mislabelled.pgp');
    expect(file.toString()).toContain('BEGIN PGP PUBLIC KEY BLOCK');
    for (const type of ['PublicKey', 'OpenPGP'] as const) {
      expect(await importing(type, file)).toMatchObject({ reason: 'TypeMismatch' });
    }
  });

  it('a ring of several keys', async () => {
    await makeKey('one', 'cv25519');
    await makeKey('two', 'cv25519');
    const ring = await sq('keyring', 'join', '--binary', 'one.pgp', 'two.pgp');
    expect(await importing('OpenPGP', ring)).toMatchObject({
      reason: 'MalformedKey',
      message: expect.stringContaining('several OpenPGP keys') as string,
    });
  });
});
