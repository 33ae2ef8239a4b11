import { readPrivateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSPHRASE, Workshop, importing } from './tools.ts';

let shop: Workshop;
beforeAll(async () => {
  shop = await Workshop.open();
});
afterAll(async () => {
  await shop.close();
});

async function makeKey(
  user: string,
  kind: string,
  { passphrase = '', usage = 'default', expire = 'never' } = {},
): Promise<string> {
  await shop.gpg(`--passphrase`, passphrase, '--quick-generate-key', user, kind, usage, expire);
  const listing = (await shop.gpg('--with-colons --list-secret-keys', `=${user}`)).toString();
  return /^fpr:+([0-9A-F]{40}):/m.exec(listing)?.[1] ?? '';
}

describe('importMaterial takes what gpg 2.2 makes', () => {
  it.each([
    ['OpenPGP-ECC', 'future-default'],
    ['OpenPGP-ECC', 'nistp256'],
    ['OpenPGP-RSA-3072', 'rsa3072'],
  ])('%s by "%s", armoured or not, locked or not', async (algorithm, kind) => {
    for (const passphrase of ['', PASSPHRASE]) {
      const user = `${kind} ${passphrase === '' ? 'open' : 'locked'} <files@example.com>`;
      const fingerprint = await makeKey(user, kind, { passphrase });
      for (const armour of ['--armor', '--no-armor']) {
        const file = await shop.gpg(`${armour} --passphrase`, passphrase, '--export-secret-keys', fingerprint);
        const outcome = await importing('OpenPGP', file, passphrase === '' ? undefined : passphrase);
        if (outcome.kind !== 'Accepted') throw new Error(outcome.message);
        expect(outcome.material).toMatchObject({ algorithm, form: 'OpenPgpPrivate' });
        const key = await readPrivateKey({ binaryKey: outcome.material.bytes });
        expect(key.isDecrypted()).toBe(true);
        expect(key.getFingerprint().toUpperCase()).toBe(fingerprint);
        const open = await shop.gpg(`${armour} --export`, fingerprint);
        expect(await importing('PublicKey', open)).toMatchObject({ material: { algorithm, form: 'OpenPgpPublic' } });
        expect(await importing('PublicKey', file)).toMatchObject({ reason: 'TypeMismatch' });
      }
    }
  });
});

describe('importMaterial refuses what gpg 2.2 makes', () => {
  it.each([
    ['an RSA key of 2048 bits', 'rsa2048', 'WeakKey'],
    ['a brainpool key', 'brainpoolP256r1', 'TypeMismatch'],
    ['a secp256k1 key', 'secp256k1', 'TypeMismatch'],
    ['a DSA key', 'dsa2048', 'TypeMismatch'],
  ])('%s', async (_, kind, reason) => {
    const fingerprint = await makeKey(`${kind} refused`, kind, { usage: 'sign' });
    const file = await shop.gpg('--passphrase', '', '--export-secret-keys', fingerprint);
    expect(await importing('OpenPGP', file)).toMatchObject({ kind: 'Refused', reason });
  });

  it('a locked key with no passphrase or another one', async () => {
    const fingerprint = await makeKey('locked refused', 'future-default', { passphrase: PASSPHRASE });
    const file = await shop.gpg('--passphrase', PASSPHRASE, '--export-secret-keys', fingerprint);
    expect(await importing('OpenPGP', file)).toMatchObject({ reason: 'PassphraseRequired' });
    expect(await importing('OpenPGP', file, 'open barley')).toMatchObject({ reason: 'PassphraseWrong' });
  });

  it('subkeys without their primary key', async () => {
    const fingerprint = await makeKey('offline refused', 'future-default');
    const file = await shop.gpg('--passphrase', '', '--export-secret-subkeys', fingerprint);
    expect(await importing('OpenPGP', file)).toMatchObject({
      reason: 'MalformedKey',
      message: expect.stringContaining('not there') as string,
    });
  });

  it('a key that it has revoked', async () => {
    const fingerprint = await makeKey('revoked refused', 'future-default');
    const certificate = `${shop.folder}/openpgp-revocs.d/${fingerprint}.rev`;
    await shop.run('sed', '-i', 's/^:---/---/', certificate);
    await shop.gpg('--import', certificate);
    const file = await shop.gpg('--passphrase', '', '--export-secret-keys', fingerprint);
    expect(await importing('OpenPGP', file)).toMatchObject({
      reason: 'WeakKey',
      message: expect.stringContaining('revoked') as string,
    });
  });

  it('several keys at once', async () => {
    const file = await shop.gpg('--export');
    expect(await importing('PublicKey', file)).toMatchObject({ kind: 'Refused', reason: 'MalformedKey' });
  });
});
