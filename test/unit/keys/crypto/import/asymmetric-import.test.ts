import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../../../src/keys/crypto/algorithm.ts';
import { rsa, ec, ed, pkcs8Pem, spkiPem, pkcs8Der, spkiDer, jwk, locked } from './asymmetric-fixtures.ts';
import { importing, pem } from './importing.ts';
import type { Given } from './importing.ts';

interface Accepted {
  readonly name: string;
  readonly given: Given;
  readonly found: Algorithm;
  readonly key: KeyObject;
}

const accepted: readonly Accepted[] = [
  {
    name: 'PKCS#8 PEM',
    given: { type: 'KeyPair', input: pkcs8Pem(rsa.privateKey) },
    found: 'RSA-2048',
    key: rsa.privateKey,
  },
  {
    name: 'PKCS#8 DER',
    given: { type: 'PrivateKey', input: pkcs8Der(ec.privateKey) },
    found: 'EC-P256',
    key: ec.privateKey,
  },
  {
    name: 'PKCS#8 PEM with Windows line ends, a byte order mark and bag attributes',
    given: {
      type: 'KeyPair',
      input: `\ufeffBag Attributes\r\n    friendlyName: a\r\n${pkcs8Pem(ec.privateKey).replaceAll('\n', '\r\n')}`,
    },
    found: 'EC-P256',
    key: ec.privateKey,
  },
  {
    name: 'PKCS#1 PEM',
    given: { type: 'KeyPair', input: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }) },
    found: 'RSA-2048',
    key: rsa.privateKey,
  },
  {
    name: 'PKCS#1 DER',
    given: { type: 'KeyPair', input: rsa.privateKey.export({ type: 'pkcs1', format: 'der' }) },
    found: 'RSA-2048',
    key: rsa.privateKey,
  },
  {
    name: 'SEC1 PEM',
    given: { type: 'KeyPair', input: ec.privateKey.export({ type: 'sec1', format: 'pem' }) },
    found: 'EC-P256',
    key: ec.privateKey,
  },
  {
    name: 'SEC1 DER',
    given: { type: 'KeyPair', input: ec.privateKey.export({ type: 'sec1', format: 'der' }) },
    found: 'EC-P256',
    key: ec.privateKey,
  },
  {
    name: 'encrypted PKCS#8 with its passphrase',
    given: { type: 'KeyPair', input: locked('pkcs8'), passphrase: 'open sesame' },
    found: 'RSA-2048',
    key: rsa.privateKey,
  },
  {
    name: 'encrypted PKCS#8 with a line end after its passphrase',
    given: { type: 'KeyPair', input: locked('pkcs8'), passphrase: 'open sesame\r\n' },
    found: 'RSA-2048',
    key: rsa.privateKey,
  },
  {
    name: 'traditional encrypted PEM with its passphrase',
    given: { type: 'KeyPair', input: locked('pkcs1'), passphrase: 'open sesame' },
    found: 'RSA-2048',
    key: rsa.privateKey,
  },
  {
    name: 'a private JWK',
    given: { type: 'KeyPair', input: jwk(ec.privateKey, { kid: 'a', key_ops: ['sign'] }) },
    found: 'EC-P256',
    key: ec.privateKey,
  },
  {
    name: 'an RSA pair of 2048 bits, which only a TransactionRSAKey may not have',
    given: { type: 'KeyPair', algorithm: 'RSA-2048', input: pkcs8Pem(rsa.privateKey) },
    found: 'RSA-2048',
    key: rsa.privateKey,
  },
  {
    name: 'SPKI PEM',
    given: { type: 'PublicKey', input: spkiPem(rsa.publicKey) },
    found: 'RSA-2048',
    key: rsa.publicKey,
  },
  { name: 'SPKI DER', given: { type: 'PublicKey', input: spkiDer(ed.publicKey) }, found: 'Ed25519', key: ed.publicKey },
  {
    name: 'SPKI DER in base64',
    given: { type: 'PublicKey', input: spkiDer(ed.publicKey).toString('base64') },
    found: 'Ed25519',
    key: ed.publicKey,
  },
  {
    name: 'SPKI PEM in the armour of certutil',
    given: { type: 'PublicKey', input: pem('CERTIFICATE', Buffer.from(spkiPem(ed.publicKey))) },
    found: 'Ed25519',
    key: ed.publicKey,
  },
  {
    name: 'PKCS#1 public PEM',
    given: { type: 'PublicKey', input: rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }) },
    found: 'RSA-2048',
    key: rsa.publicKey,
  },
  { name: 'a public JWK', given: { type: 'PublicKey', input: jwk(ed.publicKey) }, found: 'Ed25519', key: ed.publicKey },
];

describe('importMaterial takes', () => {
  it.each(accepted)('$name', async ({ given, found, key }) => {
    const bytes = key.type === 'private' ? pkcs8Der(key) : spkiDer(key);
    const form = key.type === 'private' ? 'Pkcs8' : 'Spki';
    expect(await importing(given)).toEqual({
      kind: 'Accepted',
      material: { algorithm: found, form, bytes: Uint8Array.from(bytes) },
      warnings: [],
    });
  });

  it.each([
    ['EC-P256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['EC-P384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['EC-P521', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['Ed25519', generateKeyPairSync('ed25519')],
    ['Ed448', generateKeyPairSync('ed448')],
    ['X25519', generateKeyPairSync('x25519')],
    ['X448', generateKeyPairSync('x448')],
  ] as const)('both halves of %s and knows the algorithm', async (algorithm, { privateKey, publicKey }) => {
    for (const given of [
      { type: 'KeyPair', input: pkcs8Pem(privateKey), algorithm } as const,
      { type: 'KeyPair', input: jwk(privateKey) } as const,
      { type: 'PublicKey', input: spkiPem(publicKey), algorithm } as const,
    ]) {
      expect(await importing(given)).toMatchObject({ kind: 'Accepted', material: { algorithm } });
    }
  });

  it.each(['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'ECDH-ES'])(
    'both halves of a JWK made by jose for %s',
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      expect(await importing({ type: 'KeyPair', input: JSON.stringify(await exportJWK(privateKey)) })).toMatchObject({
        kind: 'Accepted',
      });
      expect(await importing({ type: 'PublicKey', input: JSON.stringify(await exportJWK(publicKey)) })).toMatchObject({
        kind: 'Accepted',
      });
    },
  );

  it('a passphrase for a key that has none, with a warning', async () => {
    const outcome = await importing({ type: 'KeyPair', input: pkcs8Pem(ec.privateKey), passphrase: 'unused' });
    expect(outcome).toMatchObject({ kind: 'Accepted', warnings: [expect.stringContaining('not protected') as string] });
  });
});

describe('importMaterial', () => {
  it('names the curve of a key that writes its numbers out', async () => {
    const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
    const outcome = await importing({ type: 'KeyPair', input: pkcs8Der(explicit.privateKey) });
    if (outcome.kind !== 'Accepted') throw new Error(outcome.message);
    expect(outcome.material.bytes.length).toBe(pkcs8Der(ec.privateKey).length);
    const key = createPrivateKey({ key: Buffer.from(outcome.material.bytes), format: 'der', type: 'pkcs8' });
    expect(createPublicKey(key).equals(explicit.publicKey)).toBe(true);
  });

  it('stores nothing but the public key of a public object', async () => {
    const outcome = await importing({
      type: 'PublicKey',
      input: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${spkiPem(ec.publicKey)}`,
    });
    expect(outcome).toMatchObject({ material: { form: 'Spki', bytes: Uint8Array.from(spkiDer(ec.publicKey)) } });
  });
});
