import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { generateKey, readKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { KeyMaterialError } from '../../../../src/keys/crypto/key-material-error.ts';
import type { Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import type { KeyMaterial } from '../../../../src/keys/crypto/material.ts';
import { mintMaterial } from '../../../../src/keys/crypto/mint.ts';
import { publicFacts } from '../../../../src/keys/crypto/public-facts.ts';

const createdAt = new Date('2026-11-23T04:05:06Z');
const unreadable = new KeyMaterialError('Unreadable');

async function minted(algorithm: Algorithm): Promise<KeyMaterial> {
  const openpgp = { userIds: ['Payments <files@example.com>'] };
  const order = algorithm.startsWith('OpenPGP') ? { algorithm, createdAt, openpgp } : { algorithm, createdAt };
  return (await mintMaterial(order, randomBytes)).material;
}

function publicHalf({ algorithm, bytes }: KeyMaterial): KeyMaterial {
  const key = createPublicKey(createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' }));
  return { algorithm, form: 'Spki', bytes: key.export({ format: 'der', type: 'spki' }) };
}

describe('publicFacts', () => {
  it.each([
    { algorithm: 'RSA-2048', bits: 2048 },
    { algorithm: 'EC-P256', bits: 256 },
    { algorithm: 'EC-P384', bits: 384 },
    { algorithm: 'EC-P521', bits: 521 },
    { algorithm: 'Ed25519', bits: 256 },
    { algorithm: 'Ed448', bits: 456 },
    { algorithm: 'X25519', bits: 256 },
    { algorithm: 'X448', bits: 448 },
  ] as const)('says the same of both halves of $algorithm', async ({ algorithm, bits }) => {
    const material = await minted(algorithm);
    const facts = await publicFacts(material);
    const { fingerprint, thumbprint, publicKey, ...rest } = facts;
    expect(rest).toEqual({ algorithm, bits, quantumVulnerable: true });
    expect(fingerprint).toMatch(/^SHA256:[A-Za-z0-9_-]{43}$/);
    expect(thumbprint).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n[^-]+\n-----END PUBLIC KEY-----\n$/);
    expect(await publicFacts(publicHalf(material))).toEqual(facts);
  });

  it('measures an RSA key of odd size', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2056 });
    const bytes = privateKey.export({ format: 'der', type: 'pkcs8' });
    expect(await publicFacts({ algorithm: 'RSA-2048', form: 'Pkcs8', bytes })).toMatchObject({ bits: 2056 });
  });

  it('says the same of a point written compressed', async () => {
    const whole = publicHalf(await minted('EC-P256'));
    const [header, y] = [whole.bytes.subarray(0, 27), whole.bytes.at(-1) ?? 0];
    const compressed = Uint8Array.from([
      ...header.subarray(2, 23),
      3,
      34,
      0,
      2 + (y & 1),
      ...whole.bytes.subarray(27, 59),
    ]);
    const bytes = Uint8Array.from([0x30, compressed.length, ...compressed]);
    expect(await publicFacts({ ...whole, bytes })).toEqual(await publicFacts(whole));
  });

  it.each([
    { algorithm: 'AES-256', bits: 256 },
    { algorithm: 'HMAC-SHA384', bits: 384 },
  ] as const)('of $algorithm are its size and check value only', async ({ algorithm, bits }) => {
    const { kcv, ...rest } = await publicFacts(await minted(algorithm));
    expect(rest).toEqual({ algorithm, bits, quantumVulnerable: false });
    expect(kcv).toMatch(/^[0-9A-F]{6}$/);
  });

  it('of both halves of an OpenPGP key are its fingerprint and armoured public key', async () => {
    const material = await minted('OpenPGP-ECC');
    const before = Uint8Array.from(material.bytes);
    const facts = await publicFacts(material);
    expect(facts).toMatchObject({ algorithm: 'OpenPGP-ECC', bits: 256, quantumVulnerable: true });
    expect(facts.openpgpFingerprint).toMatch(/^[0-9A-F]{40}$/);
    const key = await readKey({ armoredKey: facts.publicKey ?? '' });
    expect(key.isPrivate()).toBe(false);
    expect(await publicFacts({ ...material, form: 'OpenPgpPublic', bytes: key.write() })).toEqual(facts);
    expect(material.bytes).toEqual(before);
  });

  it('measures an imported OpenPGP key on another curve', async () => {
    const key = await generateKey({ type: 'ecc', curve: 'nistP384', userIDs: { name: 'a' }, format: 'object' });
    const material = { algorithm: 'OpenPGP-ECC', form: 'OpenPgpPublic', bytes: key.publicKey.write() } as const;
    expect(await publicFacts(material)).toMatchObject({ bits: 384 });
  });

  it.each<{ name: string; change: (material: KeyMaterial) => KeyMaterial; algorithm?: Algorithm }>([
    { name: 'no bytes', change: (material) => ({ ...material, bytes: new Uint8Array() }) },
    { name: 'cut bytes', change: (material) => ({ ...material, bytes: material.bytes.slice(0, -5) }) },
    { name: 'a private key said to be public', change: (material) => ({ ...material, form: 'Spki' }) },
    { name: 'another curve', change: (material) => ({ ...material, algorithm: 'EC-P384' }) },
    { name: 'another kind of key', change: (material) => ({ ...material, algorithm: 'RSA-2048' }) },
    { name: 'a key pair said to be raw', change: (material) => ({ ...material, algorithm: 'AES-128' }) },
    {
      name: 'raw bytes said to be PKCS#8',
      change: (material) => ({ ...material, form: 'Pkcs8' }),
      algorithm: 'AES-128',
    },
    { name: 'another length', change: (material) => ({ ...material, algorithm: 'AES-192' }), algorithm: 'AES-256' },
    {
      name: 'a private OpenPGP key said to be public',
      change: (material) => ({ ...material, form: 'OpenPgpPublic' }),
      algorithm: 'OpenPGP-ECC',
    },
    {
      name: 'bytes that are no OpenPGP key',
      change: (material) => ({ ...material, bytes: material.bytes.slice(1) }),
      algorithm: 'OpenPGP-ECC',
    },
  ])('refuses $name, without a word of the library', async ({ change, algorithm = 'EC-P256' }) => {
    await expect(publicFacts(change(await minted(algorithm)))).rejects.toThrow(unreadable);
  });
});
