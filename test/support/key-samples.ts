import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { generateKey } from 'openpgp';
import type { Algorithm } from '../../src/keys/crypto/algorithm.ts';
import type { RenderRequest } from '../../src/keys/crypto/formats/render-request.ts';
import type { KeyMaterial } from '../../src/keys/crypto/material.ts';

export const SAMPLE_PASSPHRASE = 'Drawn-passphrase_of 31 characters';

const symmetricBytes = {
  'AES-128': 16,
  'AES-192': 24,
  'AES-256': 32,
  'HMAC-SHA256': 32,
  'HMAC-SHA384': 48,
  'HMAC-SHA512': 64,
  DES: 8,
  DESede: 24,
} as const;

type PairAlgorithm = 'RSA-2048' | 'EC-P256' | 'EC-P384' | 'EC-P521' | 'Ed25519' | 'Ed448' | 'X25519' | 'X448';

const pairs: Readonly<Record<PairAlgorithm, () => { readonly privateKey: KeyObject }>> = {
  'RSA-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'EC-P256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'EC-P384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'EC-P521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: () => generateKeyPairSync('ed25519'),
  Ed448: () => generateKeyPairSync('ed448'),
  X25519: () => generateKeyPairSync('x25519'),
  X448: () => generateKeyPairSync('x448'),
};

/** A key of every algorithm that does not take seconds to make, each time another. */
export async function keySamples(): Promise<readonly KeyMaterial[]> {
  return [...secretSamples(), ...privateSamples(), await openPgpSample()];
}

export function secretSamples(): readonly KeyMaterial[] {
  return Object.entries(symmetricBytes).map(([algorithm, length]) => ({
    algorithm: algorithm as Algorithm,
    form: 'Raw',
    bytes: randomBytes(length),
  }));
}

export function privateSamples(): readonly KeyMaterial[] {
  return (Object.keys(pairs) as PairAlgorithm[]).map(privateSample);
}

export function privateSample(algorithm: PairAlgorithm): KeyMaterial {
  const der = pairs[algorithm]().privateKey.export({ format: 'der', type: 'pkcs8' });
  return { algorithm, form: 'Pkcs8', bytes: new Uint8Array(der) };
}

/** A key on P-256 as somebody else would make it, in PKCS#8. */
export function ecPrivatePem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** What a PublicKey object would hold of a private sample. */
export function publicSample({ algorithm, bytes }: KeyMaterial): KeyMaterial {
  const privateKey = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' });
  return { algorithm, form: 'Spki', bytes: spkiBytes(createPublicKey(privateKey)) };
}

export function spkiBytes(publicKey: KeyObject): Uint8Array {
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
}

export async function openPgpSample(
  options: { type: 'ecc' } | { type: 'rsa'; rsaBits: 2048 } = { type: 'ecc' },
): Promise<KeyMaterial> {
  const { privateKey } = await generateKey({
    ...options,
    userIDs: [{ name: 'Payments', email: 'files@example.com' }],
    format: 'binary',
  });
  return {
    algorithm: options.type === 'ecc' ? 'OpenPGP-ECC' : 'OpenPGP-RSA-3072',
    form: 'OpenPgpPrivate',
    bytes: privateKey,
  };
}

export function requestFor(material: KeyMaterial, passphrase?: string): RenderRequest {
  return {
    material,
    alias: 'hsm-prod-1',
    createdAt: new Date('2026-11-23T01:02:03.456Z'),
    salt: (label, bytes) => createHmac('sha512', material.bytes).update(label).digest().subarray(0, bytes),
    ...(passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) }),
  };
}
