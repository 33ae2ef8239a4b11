import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyWarnings, type DeclaredKey } from '../../../src/cli/key-warnings.ts';
import { importMaterial } from '../../../src/keys/crypto/import/import-material.ts';

const NOW = new Date('2027-01-01T00:00:00Z');
const PUBLIC = { type: 'spki', format: 'pem' } as const;

function rsa(bits: number, passphrase?: string) {
  const protection = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem', ...protection } as const;
  return generateKeyPairSync('rsa', { modulusLength: bits, publicKeyEncoding: PUBLIC, privateKeyEncoding });
}

const weak = rsa(1024);
const good = rsa(2048);
const TOO_SMALL = /^Warning: the operator would refuse this key: WeakKey, .*1024.*$/;

describe('keyWarnings', () => {
  test.each<[string, string | Uint8Array, DeclaredKey, RegExp]>([
    ['a small private key', weak.privateKey, { type: 'PrivateKey' }, TOO_SMALL],
    ['a small public key', weak.publicKey, { type: 'PublicKey' }, TOO_SMALL],
    ['a small private key whose type nobody said', weak.privateKey, {}, TOO_SMALL],
    ['a small public key whose type nobody said', weak.publicKey, {}, TOO_SMALL],
    ['a small key of a type that there is not', weak.publicKey, { type: 'constructor' }, TOO_SMALL],
    ['a key that can be guessed', new Uint8Array(32), {}, /: WeakKey, The key is weak: /],
    [
      'a key that is too small for its type',
      good.privateKey,
      { type: 'TransactionRSAKey' },
      /: WeakKey, .*bits or more/,
    ],
    [
      'a private key for a public one',
      good.privateKey,
      { type: 'PublicKey' },
      /: TypeMismatch, This is a private key; /,
    ],
    ['another algorithm', good.privateKey, { type: 'KeyPair', algorithm: 'EC-P256' }, /: TypeMismatch, .*says EC-P256/],
    ['what is no key', 'canary', { type: 'KeyPair' }, /: MalformedKey, /],
  ])('tells of %s', async (_name, content, declared, wanted) => {
    const lines = await keyWarnings(Buffer.from(content), declared, NOW);
    expect(lines).toEqual([expect.stringMatching(wanted)]);
  });

  test.each<[string, string | Uint8Array, DeclaredKey]>([
    ['a good key', good.privateKey, { type: 'KeyPair', algorithm: 'RSA-2048' }],
    ['a good key whose type nobody said', good.privateKey, {}],
    ['a good public key whose type nobody said', good.publicKey, {}],
    ['a random key whose type nobody said', randomBytes(32), {}],
    ['what may be a key of a type that nobody said', 'canary', {}],
    ['a key whose passphrase is sealed apart', rsa(1024, 'canary').privateKey, { type: 'PrivateKey' }],
  ])('is silent about %s', async (_name, content, declared) => {
    expect(await keyWarnings(Buffer.from(content), declared, NOW)).toEqual([]);
  });

  test('says what the operator says, leaves the key as it was, and shows nothing of it', async () => {
    const content = Buffer.from(weak.privateKey);
    const lines = await keyWarnings(content, { type: 'KeyPair' }, NOW);
    const outcome = await importMaterial({ type: 'KeyPair', bytes: content, now: NOW });
    expect(outcome).toMatchObject({ kind: 'Refused', reason: 'WeakKey' });
    expect(lines).toEqual([expect.stringContaining(outcome.kind === 'Refused' ? outcome.message : 'nothing')]);
    expect(content.toString()).toBe(weak.privateKey);
    const shown = weak.privateKey.split('\n').filter((line) => line !== '' && lines.join('').includes(line));
    expect(shown).toEqual([]);
  });
});
