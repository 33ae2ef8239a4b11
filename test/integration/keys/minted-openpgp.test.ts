import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMessage, decrypt, encrypt, enums, readMessage, readPrivateKey, sign, verify } from 'openpgp';
import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../src/keys/crypto/algorithm.ts';
import { publicFacts } from '../../../src/keys/crypto/public-facts.ts';
import { gnupgHome } from '../../support/gnupg-home.ts';
import type { GnupgHome } from '../../support/gnupg-home.ts';
import { USER_ID, mintedKey } from '../../support/minted-key.ts';

const MESSAGE = 'charge 17 of 2026-11-23';

/** Fields of the first line of this kind in `gpg --with-colons` (doc/DETAILS of GnuPG). */
async function listed(home: GnupgHome, list: string, kind: string): Promise<readonly string[]> {
  const text = (await home.gpg(['--with-colons', list])).toString();
  const line = text.split('\n').find((each) => each.startsWith(`${kind}:`));
  return line?.split(':') ?? [];
}

async function imported(home: GnupgHome, algorithm: Algorithm, createdAt = new Date()) {
  const { material, revocation = '' } = await mintedKey(algorithm, createdAt);
  const facts = await publicFacts(material);
  await home.gpg(['--import'], material.bytes);
  return { material, revocation, facts, key: await readPrivateKey({ binaryKey: Uint8Array.from(material.bytes) }) };
}

// GnuPG counts the bits of a coordinate of Curve25519, others the 256 of its encoding.
describe.each([
  { algorithm: 'OpenPGP-ECC', number: '22', bits: '255' },
  { algorithm: 'OpenPGP-RSA-3072', number: '1', bits: '3072' },
  { algorithm: 'OpenPGP-RSA-4096', number: '1', bits: '4096' },
] as const)('a minted $algorithm', ({ algorithm, number, bits }) => {
  it('is listed by gpg with its algorithm, size, times, fingerprint and user ID', async () => {
    await using home = await gnupgHome();
    const created = Math.floor(Date.now() / 1000) - 3600;
    const { facts } = await imported(home, algorithm, new Date(created * 1000));
    const [, , size, type, , creation, expiry, , , , , abilities] = await listed(home, '--list-secret-keys', 'sec');
    expect([size, type, creation, expiry]).toEqual([bits, number, `${created}`, `${created + 172_800}`]);
    // Lower case: the primary key signs and certifies. Upper case: the whole key encrypts as well.
    expect(abilities).toBe('scESC');
    expect((await listed(home, '--list-secret-keys', 'fpr'))[9]).toBe(facts.openpgpFingerprint);
    expect((await listed(home, '--list-secret-keys', 'uid'))[9]).toBe(USER_ID);
  });

  it('is imported by gpg without a warning', async () => {
    await using home = await gnupgHome();
    const { material } = await mintedKey(algorithm);
    const said = (await home.gpg(['--logger-fd', '1', '--import'], material.bytes)).toString();
    expect(said).toContain('secret key imported');
    expect(said).not.toMatch(/warning|unavailable|error/i);
  });

  it('asks for hashes that every OpenPGP program has, under one valid self-signature for each user ID', async () => {
    const { material } = await mintedKey(algorithm);
    const key = await readPrivateKey({ binaryKey: Uint8Array.from(material.bytes) });
    await key.verifyPrimaryKey();
    const { hash } = enums;
    const preferences = key.users.map(({ selfCertifications }) =>
      selfCertifications.map(({ preferredHashAlgorithms }) => preferredHashAlgorithms),
    );
    expect(preferences).toEqual([[[hash.sha512, hash.sha256]]]);
  });

  it('is shown by gpg as the same key from its public text alone', async () => {
    await using home = await gnupgHome();
    const facts = await publicFacts((await mintedKey(algorithm)).material);
    await home.gpg(['--import'], facts.publicKey ?? '');
    expect((await listed(home, '--list-keys', 'fpr'))[9]).toBe(facts.openpgpFingerprint);
    expect(await listed(home, '--list-secret-keys', 'sec')).toEqual([]);
  });

  it('decrypts what gpg encrypted, and gpg decrypts with it', async () => {
    await using home = await gnupgHome();
    const { facts, key } = await imported(home, algorithm);
    const theirs = await home.gpg(
      ['--trust-model', 'always', '--encrypt', '--recipient', facts.openpgpFingerprint ?? ''],
      MESSAGE,
    );
    const opened = await decrypt({ message: await readMessage({ binaryMessage: theirs }), decryptionKeys: key });
    expect(opened.data).toBe(MESSAGE);
    const message = await createMessage({ text: MESSAGE });
    const ours = (await encrypt({ message, encryptionKeys: key.toPublic() })) as string;
    expect((await home.gpg(['--decrypt'], ours)).toString()).toBe(MESSAGE);
  });

  it('verifies what gpg signed, and gpg verifies with it', async () => {
    await using home = await gnupgHome();
    const { key } = await imported(home, algorithm);
    const theirs = await readMessage({ binaryMessage: await home.gpg(['--sign'], MESSAGE) });
    const { signatures } = await verify({ message: theirs, verificationKeys: key.toPublic() });
    await expect(signatures[0]?.verified).resolves.toBe(true);
    const message = await createMessage({ text: MESSAGE });
    const ours = (await sign({ message, signingKeys: key, detached: true })) as string;
    await writeFile(join(home.path, 'message'), MESSAGE);
    const status = await home.gpg(['--status-fd', '1', '--verify', '-', 'message'], ours);
    expect(status.toString()).toContain('[GNUPG:] GOODSIG');
  });

  it('is revoked by its revocation certificate', async () => {
    await using home = await gnupgHome();
    const { revocation } = await imported(home, algorithm);
    expect((await listed(home, '--list-keys', 'pub'))[1]).not.toBe('r');
    await home.gpg(['--import'], revocation);
    expect((await listed(home, '--list-keys', 'pub'))[1]).toBe('r');
  });
});
