import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ec,
  ed,
  jwk,
  locked,
  okp,
  otherEc,
  otherX,
  pkcs8Der,
  pkcs8Pem,
  rsa,
  sec1WithForeignPoint,
  spkiPem,
} from './asymmetric-fixtures.ts';
import { importing, pem } from './importing.ts';
import type { Given } from './importing.ts';

interface Refused {
  readonly name: string;
  readonly given: Given;
  readonly reason: string;
  readonly says: RegExp;
}

/** As keytool wrote it before Java 9. */
const KEY_STORE = Buffer.from('feedfeed00000002', 'hex');

const refused: readonly Refused[] = [
  {
    name: 'a private PEM as SecretKey, and names its types',
    given: { type: 'SecretKey', input: pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /^This is a private key; type SecretKey takes the bytes of a symmetric key\. Type KeyPair or PrivateKey takes this one$/,
  },
  {
    name: 'a public PEM as KeyPair, and names its type',
    given: { type: 'KeyPair', input: spkiPem(ec.publicKey) },
    reason: 'TypeMismatch',
    says: /\. Type PublicKey takes this one$/,
  },
  {
    name: 'a private PEM as OpenPGP, and names its types',
    given: { type: 'OpenPGP', input: pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /^This is not an OpenPGP key.*\. Type KeyPair or PrivateKey takes this one$/,
  },
  {
    name: 'an OpenPGP private key as PrivateKey, and names its type',
    given: { type: 'PrivateKey', input: pem('PGP PRIVATE KEY BLOCK', Buffer.from('x')) },
    reason: 'TypeMismatch',
    says: /^This is an OpenPGP key.*\. Type OpenPGP takes this one$/,
  },
  ...(['SecretKey', 'PublicKey'] as const).map((type) => ({
    name: `a key store as ${type}`,
    given: { type, input: KEY_STORE },
    reason: 'TypeMismatch',
    says: new RegExp(`^This is a key store; type ${type} takes`),
  })),
  {
    name: 'a key store as PrivateKey',
    given: { type: 'PrivateKey', input: KEY_STORE },
    reason: 'MalformedKey',
    says: /^This is a key store; take the one key out of it with "openssl pkcs12/,
  },
  {
    name: 'a private PEM as PublicKey',
    given: { type: 'PublicKey', input: pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /private key; type PublicKey/,
  },
  {
    name: 'a private DER as PublicKey',
    given: { type: 'PublicKey', input: pkcs8Der(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /private key; type PublicKey/,
  },
  {
    name: 'a private JWK as PublicKey',
    given: { type: 'PublicKey', input: jwk(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /private key; type PublicKey/,
  },
  {
    name: 'a locked private PEM as PublicKey',
    given: { type: 'PublicKey', input: locked('pkcs8') },
    reason: 'TypeMismatch',
    says: /private key; type PublicKey/,
  },
  {
    name: 'a public and a private PEM as PublicKey',
    given: { type: 'PublicKey', input: spkiPem(ec.publicKey) + pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /private key; type PublicKey/,
  },
  {
    name: 'a private DER labelled public as PublicKey',
    given: { type: 'PublicKey', input: pem('PUBLIC KEY', pkcs8Der(ec.privateKey)) },
    reason: 'MalformedKey',
    says: /not what its BEGIN line says/,
  },
  {
    name: 'a private PEM in the armour of certutil as PublicKey',
    given: { type: 'PublicKey', input: pem('CERTIFICATE', Buffer.from(pkcs8Pem(ec.privateKey))) },
    reason: 'TypeMismatch',
    says: /private key; type PublicKey/,
  },
  {
    name: 'a private OpenSSH PEM as PublicKey',
    given: { type: 'PublicKey', input: pem('OPENSSH PRIVATE KEY', Buffer.from('openssh-key-v1')) },
    reason: 'TypeMismatch',
    says: /private key; type PublicKey/,
  },
  {
    name: 'a public PEM as PrivateKey',
    given: { type: 'PrivateKey', input: spkiPem(ec.publicKey) },
    reason: 'TypeMismatch',
    says: /public key or certificate; type PrivateKey/,
  },
  {
    name: 'a public JWK as KeyPair',
    given: { type: 'KeyPair', input: jwk(ec.publicKey) },
    reason: 'TypeMismatch',
    says: /public key or certificate; type KeyPair/,
  },
  {
    name: 'a private PEM as SecretKey',
    given: { type: 'SecretKey', input: pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /private key; type SecretKey/,
  },
  {
    name: 'a private DER in base64 as HMAC key',
    given: { type: 'SecretKey', algorithm: 'HMAC-SHA256', input: pkcs8Der(ec.privateKey).toString('base64') },
    reason: 'TypeMismatch',
    says: /structure/,
  },
  {
    name: 'a symmetric JWK as KeyPair',
    given: { type: 'KeyPair', input: '{"kty":"oct","k":"AAAA"}' },
    reason: 'TypeMismatch',
    says: /symmetric key; type KeyPair/,
  },
  {
    name: 'a PEM as OpenPGP',
    given: { type: 'OpenPGP', input: pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /not an OpenPGP key/,
  },
  {
    name: 'an EC key as TransactionRSAKey',
    given: { type: 'TransactionRSAKey', input: pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /EC-P256 key; type TransactionRSAKey/,
  },
  {
    name: 'an RSA key of 2048 bits as TransactionRSAKey',
    given: { type: 'TransactionRSAKey', input: pkcs8Pem(rsa.privateKey) },
    reason: 'WeakKey',
    says: /3072 bits or more/,
  },
  {
    name: 'another algorithm than declared',
    given: { type: 'KeyPair', algorithm: 'EC-P384', input: pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /EC-P256 key and spec.algorithm says EC-P384/,
  },
  {
    name: 'an algorithm that the type does not have',
    given: { type: 'KeyPair', algorithm: 'AES-128', input: pkcs8Pem(ec.privateKey) },
    reason: 'TypeMismatch',
    says: /no algorithm AES-128/,
  },
  {
    name: 'an algorithm of the right family that the type does not have',
    given: { type: 'TransactionRSAKey', algorithm: 'RSA-2048', input: pkcs8Pem(rsa.privateKey) },
    reason: 'TypeMismatch',
    says: /no algorithm RSA-2048/,
  },
  {
    name: 'secp256k1',
    given: { type: 'KeyPair', input: pkcs8Pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey) },
    reason: 'TypeMismatch',
    says: /not supported; use RSA/,
  },
  {
    name: 'brainpoolP256r1',
    given: {
      type: 'PublicKey',
      input: spkiPem(generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).publicKey),
    },
    reason: 'TypeMismatch',
    says: /not supported; use RSA/,
  },
  {
    name: 'RSA-PSS',
    given: { type: 'KeyPair', input: pkcs8Pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey) },
    reason: 'TypeMismatch',
    says: /not supported; use RSA/,
  },
  {
    name: 'DSA',
    given: {
      type: 'PublicKey',
      input: spkiPem(generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).publicKey),
    },
    reason: 'TypeMismatch',
    says: /not supported; use RSA/,
  },
  {
    name: 'two private PEM blocks',
    given: { type: 'KeyPair', input: pkcs8Pem(ec.privateKey) + pkcs8Pem(otherEc.privateKey) },
    reason: 'MalformedKey',
    says: /several PEM blocks/,
  },
  {
    name: 'a private PEM with its certificate',
    given: { type: 'KeyPair', input: pkcs8Pem(ec.privateKey) + pem('CERTIFICATE', Buffer.alloc(8)) },
    reason: 'MalformedKey',
    says: /several PEM blocks/,
  },
  {
    name: 'a PEM without its END line',
    given: { type: 'KeyPair', input: pkcs8Pem(ec.privateKey).slice(0, -20) },
    reason: 'MalformedKey',
    says: /no END line/,
  },
  {
    name: 'a PEM with a character that is no base64',
    given: { type: 'KeyPair', input: pkcs8Pem(ec.privateKey).replace('\nM', '\n*') },
    reason: 'MalformedKey',
    says: /not base64/,
  },
  {
    name: 'a PEM with a line missing',
    given: { type: 'KeyPair', input: pkcs8Pem(rsa.privateKey).split('\n').toSpliced(3, 1).join('\n') },
    reason: 'MalformedKey',
    says: /not what its BEGIN line says/,
  },
  {
    name: 'DER with bytes after its end',
    given: { type: 'KeyPair', input: Buffer.concat([pkcs8Der(ec.privateKey), Buffer.alloc(1)]) },
    reason: 'MalformedKey',
    says: /no key in PEM, DER/,
  },
  {
    name: 'DER of the right shape with garbage in it',
    given: { type: 'KeyPair', input: Buffer.from('300c020100300506032b657004000000'.slice(0, 28), 'hex') },
    reason: 'MalformedKey',
    says: /cannot be read/,
  },
  {
    name: 'a PEM of an unknown label',
    given: { type: 'KeyPair', input: pem('ANY PRIVATE KEY', pkcs8Der(ec.privateKey)) },
    reason: 'MalformedKey',
    says: /label are not read/,
  },
  {
    name: 'an OpenSSH private key',
    given: { type: 'KeyPair', input: pem('OPENSSH PRIVATE KEY', Buffer.from('openssh-key-v1')) },
    reason: 'MalformedKey',
    says: /ssh-keygen -p -m PKCS8/,
  },
  {
    name: 'an SSH public key',
    given: { type: 'PublicKey', input: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 a@b' },
    reason: 'MalformedKey',
    says: /ssh-keygen -e -m PKCS8/,
  },
  {
    name: 'a PuTTY key',
    given: { type: 'KeyPair', input: 'PuTTY-User-Key-File-3: ssh-rsa' },
    reason: 'MalformedKey',
    says: /PuTTYgen/,
  },
  {
    name: 'a Java key store',
    given: { type: 'KeyPair', input: Buffer.from('feedfeed00000002', 'hex') },
    reason: 'MalformedKey',
    says: /key store/,
  },
  {
    name: 'UTF-16',
    given: { type: 'KeyPair', input: Buffer.from(`\ufeff${pkcs8Pem(ec.privateKey)}`, 'utf16le') },
    reason: 'MalformedKey',
    says: /UTF-16/,
  },
  {
    name: 'text that is no key',
    given: { type: 'KeyPair', input: 'apiVersion: v1\nkind: Secret\n' },
    reason: 'MalformedKey',
    says: /no key in PEM/,
  },
  {
    name: 'JSON that is no JWK',
    given: { type: 'KeyPair', input: '{"keys":[]}' },
    reason: 'MalformedKey',
    says: /not one JWK/,
  },
  {
    name: 'a JWK with padded base64',
    given: { type: 'PublicKey', input: '{"kty":"OKP","crv":"Ed25519","x":"AAAA=="}' },
    reason: 'MalformedKey',
    says: /not one JWK/,
  },
  {
    name: 'a multi-prime JWK',
    given: { type: 'KeyPair', input: jwk(rsa.privateKey, { oth: [] }) },
    reason: 'MalformedKey',
    says: /not one JWK/,
  },
  {
    name: 'a JWK of a curve that does not exist',
    given: { type: 'PublicKey', input: jwk(ec.publicKey, { crv: 'P-999' }) },
    reason: 'MalformedKey',
    says: /cannot be read/,
  },
  {
    name: 'a point that is not on its curve',
    given: { type: 'PublicKey', input: jwk(ec.publicKey, { x: otherX.x }) },
    reason: 'MalformedKey',
    says: /cannot be read/,
  },
  {
    name: 'a locked key without passphrase',
    given: { type: 'KeyPair', input: locked('pkcs8') },
    reason: 'PassphraseRequired',
    says: /passphraseSecretKeyRef/,
  },
  {
    name: 'a traditional locked key without passphrase',
    given: { type: 'KeyPair', input: locked('pkcs1') },
    reason: 'PassphraseRequired',
    says: /passphraseSecretKeyRef/,
  },
  {
    name: 'a locked key with an empty passphrase',
    given: { type: 'KeyPair', input: locked('pkcs8'), passphrase: '\n' },
    reason: 'PassphraseRequired',
    says: /passphraseSecretKeyRef/,
  },
  {
    name: 'a locked key with another passphrase',
    given: { type: 'KeyPair', input: locked('pkcs8'), passphrase: 'open barley' },
    reason: 'PassphraseWrong',
    says: /does not open/,
  },
  {
    name: 'a traditional locked key with another passphrase',
    given: { type: 'KeyPair', input: locked('pkcs1'), passphrase: 'open barley' },
    reason: 'PassphraseWrong',
    says: /does not open/,
  },
  {
    name: 'an EC JWK with the public point of another key',
    given: { type: 'KeyPair', input: jwk(ec.privateKey, { x: otherX.x, y: otherX.y }) },
    reason: 'PairMismatch',
    says: /do not belong together/,
  },
  {
    name: 'an Ed25519 JWK with the public point of another key',
    given: {
      type: 'KeyPair',
      input: jwk(ed.privateKey, { x: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x }),
    },
    reason: 'PairMismatch',
    says: /do not belong together/,
  },
  {
    name: 'SEC1 with the public point of another key',
    given: { type: 'KeyPair', input: sec1WithForeignPoint() },
    reason: 'PairMismatch',
    says: /do not belong together/,
  },
  {
    name: 'an Ed25519 key of zeros',
    given: { type: 'KeyPair', input: okp('302e020100300506032b657004220420', Buffer.alloc(32)) },
    reason: 'WeakKey',
    says: /not random: all bytes are zero/,
  },
  {
    name: 'an Ed25519 public key of small order',
    given: { type: 'PublicKey', input: okp('302a300506032b6570032100', Buffer.from('01'.padEnd(64, '0'), 'hex')) },
    reason: 'WeakKey',
    says: /small order/,
  },
  {
    name: 'an Ed448 public key of small order',
    given: { type: 'PublicKey', input: okp('3043300506032b6571033a00', Buffer.from('01'.padEnd(114, '0'), 'hex')) },
    reason: 'WeakKey',
    says: /small order/,
  },
  {
    name: 'an X25519 public key of zeros',
    given: { type: 'PublicKey', input: okp('302a300506032b656e032100', Buffer.alloc(32)) },
    reason: 'WeakKey',
    says: /small order/,
  },
  {
    name: 'an X448 public key of zeros',
    given: { type: 'PublicKey', input: okp('3042300506032b656f033900', Buffer.alloc(56)) },
    reason: 'WeakKey',
    says: /small order/,
  },
];

describe('importMaterial refuses', () => {
  it.each(refused)('$name', async ({ given, reason, says }) => {
    const outcome = await importing(given);
    expect(outcome).toMatchObject({ kind: 'Refused', reason, message: expect.stringMatching(says) as string });
  });

  it('a text of many BEGIN lines and empty lines before one END without reading it over and over', async () => {
    const begin = '-----BEGIN A-----\n';
    const input = `${begin.repeat(400)}${'\n'.repeat(8_000)}-----END A-----`;
    expect(await importing({ type: 'KeyPair', input })).toMatchObject({ kind: 'Refused' });
  });

  it('nothing in words that hold a part of the input', async () => {
    const marker = 'c2VjcmV0LW1hcmtlcg';
    for (const input of [
      `{"kty":"${marker}"}`,
      `{${marker}`,
      pem('PRIVATE KEY', Buffer.from(marker)),
      `-----BEGIN ${marker.toUpperCase()}-----`,
      marker,
    ]) {
      const outcome = await importing({ type: 'KeyPair', input });
      expect(JSON.stringify(outcome).toLowerCase()).not.toContain(marker.toLowerCase());
      expect(outcome.kind).toBe('Refused');
    }
  });
});
