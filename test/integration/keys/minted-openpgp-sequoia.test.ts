import { createMessage, decrypt, encrypt, readMessage, readPrivateKey, sign, verify } from 'openpgp';
import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../src/keys/crypto/algorithm.ts';
import { publicFacts } from '../../../src/keys/crypto/public-facts.ts';
import { USER_ID, mintedInThread } from '../../support/minted-key.ts';
import { sequoiaFolder } from '../../support/sequoia-folder.ts';
import type { SequoiaFolder } from '../../support/sequoia-folder.ts';

const MESSAGE = 'charge 17 of 2026-11-23';

/** Mints a key and lays it out as `key.pgp`, its public text as `cert.asc`. */
async function laidOut(folder: SequoiaFolder, algorithm: Algorithm, createdAt = new Date()) {
  const { material, revocation = '' } = await mintedInThread(algorithm, createdAt);
  const facts = await publicFacts(material);
  await folder.write('key.pgp', material.bytes);
  await folder.write('cert.asc', facts.publicKey ?? '');
  return { facts, revocation, key: await readPrivateKey({ binaryKey: Uint8Array.from(material.bytes) }) };
}

/** How sq writes a moment. */
function sqTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

describe.each([
  { algorithm: 'OpenPGP-ECC', primary: 'EdDSA', subkey: 'ECDH', bits: '256' },
  { algorithm: 'OpenPGP-RSA-3072', primary: 'RSA', subkey: 'RSA', bits: '3072' },
  { algorithm: 'OpenPGP-RSA-4096', primary: 'RSA', subkey: 'RSA', bits: '4096' },
] as const)('a minted $algorithm', ({ algorithm, primary, subkey, bits }) => {
  it('is described by sq with its algorithms, sizes, times, fingerprint, abilities and user ID', async () => {
    await using folder = await sequoiaFolder();
    const created = Math.floor(Date.now() / 1000) - 3600;
    const { facts } = await laidOut(folder, algorithm, new Date(created * 1000));
    const text = (await folder.sq(['inspect', 'key.pgp'])).toString();
    const values = (name: string): readonly string[] =>
      Array.from(text.matchAll(new RegExp(`^ *${name}: (.*)$`, 'gmu')), ([, value = '']) => value);
    expect(text).toContain('key.pgp: Transferable Secret Key.');
    expect(values('Fingerprint')).toEqual([facts.openpgpFingerprint]);
    expect(values('Public-key algo')).toEqual([primary, subkey]);
    expect(values('Public-key size')).toEqual([`${bits} bits`, `${bits} bits`]);
    expect(values('Creation time')).toEqual([sqTime(created), sqTime(created)]);
    const ending = `${sqTime(created + 172_800)} (creation time + P2D)`;
    expect(values('Expiration time')).toEqual([ending, ending]);
    expect(values('Key flags')).toEqual(['certification, signing', 'transport encryption, data-at-rest encryption']);
    expect(values('UserID')).toEqual([USER_ID]);
  });

  it('is shown by sq as a certificate from its public text alone', async () => {
    await using folder = await sequoiaFolder();
    const { facts } = await laidOut(folder, algorithm);
    const text = (await folder.sq(['inspect', 'cert.asc'])).toString();
    expect(text).toContain('cert.asc: OpenPGP Certificate.');
    expect(text).toContain(`Fingerprint: ${facts.openpgpFingerprint}\n`);
    expect(text).not.toContain('Secret key');
  });

  it('decrypts what sq encrypted, and sq decrypts with it', async () => {
    await using folder = await sequoiaFolder();
    const { key } = await laidOut(folder, algorithm);
    // Without its padding, which stands behind the end of the compressed stream and which Node's decompression refuses.
    const encrypting = ['encrypt', '--compression', 'none', '--recipient-cert', 'cert.asc'];
    const theirs = (await folder.sq(encrypting, MESSAGE)).toString();
    const opened = await decrypt({ message: await readMessage({ armoredMessage: theirs }), decryptionKeys: key });
    expect(opened.data).toBe(MESSAGE);
    const message = await createMessage({ text: MESSAGE });
    const ours = (await encrypt({ message, encryptionKeys: key.toPublic() })) as string;
    expect((await folder.sq(['decrypt', '--recipient-key', 'key.pgp'], ours)).toString()).toBe(MESSAGE);
  });

  it('verifies what sq signed, and sq verifies with it', async () => {
    await using folder = await sequoiaFolder();
    const { key } = await laidOut(folder, algorithm);
    const signed = (await folder.sq(['sign', '--signer-key', 'key.pgp'], MESSAGE)).toString();
    const theirs = await readMessage({ armoredMessage: signed });
    const { signatures } = await verify({ message: theirs, verificationKeys: key.toPublic() });
    await expect(signatures[0]?.verified).resolves.toBe(true);
    const message = await createMessage({ text: MESSAGE });
    await folder.write('ours.sig', (await sign({ message, signingKeys: key, detached: true })) as string);
    const verifying = ['verify', '--signer-cert', 'cert.asc', '--detached', 'ours.sig'];
    await folder.write('message', MESSAGE);
    await expect(folder.sq([...verifying, 'message'])).resolves.toBeDefined();
    await folder.write('message', `${MESSAGE}!`);
    await expect(folder.sq([...verifying, 'message'])).rejects.toThrow('Verification failed');
  });

  it('is revoked by its revocation certificate', async () => {
    await using folder = await sequoiaFolder();
    const { facts, revocation } = await laidOut(folder, algorithm);
    await folder.write('key.rev', revocation);
    const described = (await folder.sq(['inspect', 'key.rev'])).toString();
    expect(described).toContain('Kind: KeyRevocation');
    expect(described).toContain(`Alleged signer: ${facts.openpgpFingerprint}`);
    const signed = (await folder.sq(['sign', '--signer-key', 'key.pgp'], MESSAGE)).toString();
    await folder.sq(['verify', '--signer-cert', 'cert.asc'], signed);
    // sq has no command that merges a bare signature: in a certificate it stands behind the primary key and the rest.
    const certificate = await folder.sq(['dearmor', 'cert.asc']);
    await folder.write('revoked.pgp', Buffer.concat([certificate, await folder.sq(['dearmor', 'key.rev'])]));
    expect((await folder.sq(['inspect', 'revoked.pgp'])).toString()).toMatch(/^ *Revoked:$/mu);
    const verifying = folder.sq(['verify', '--signer-cert', 'revoked.pgp'], signed);
    await expect(verifying).rejects.toThrow('certificate is revoked');
  });
});
