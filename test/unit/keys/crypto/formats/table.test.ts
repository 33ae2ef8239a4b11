import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../../../../src/keys/crypto/algorithm.ts';
import type { Algorithm } from '../../../../../src/keys/crypto/algorithm.ts';
import { FORMATS, CRYPTO_KEY_TYPES, defaultFormats, isFormatOf } from '../../../../../src/keys/crypto/formats/table.ts';
import type { Format, CryptoKeyType, Kind } from '../../../../../src/keys/crypto/formats/table.ts';

const formats = Object.keys(FORMATS) as readonly Format[];

function formatsOf(type: CryptoKeyType, algorithm: Algorithm, isProtected = false): readonly Format[] {
  return formats.filter((format) => isFormatOf({ type, algorithm, isProtected }, format));
}

const everyKind: readonly Kind[] = (Object.keys(CRYPTO_KEY_TYPES) as CryptoKeyType[]).flatMap((type) =>
  CRYPTO_KEY_TYPES[type].algorithms.flatMap((algorithm) =>
    [false, true].map((isProtected) => ({ type, algorithm, isProtected })),
  ),
);

describe('isFormatOf', () => {
  it.each<[CryptoKeyType, Algorithm, string]>([
    ['SecretKey', 'AES-256', 'JWK Raw Base64'],
    ['SecretKey', 'HMAC-SHA512', 'JWK Raw Base64'],
    ['SecretKey', 'DESede', 'Raw Base64'],
    ['KeyPair', 'RSA-3072', 'PEM PKCS1 DER JWK JWKS SSH'],
    ['PrivateKey', 'EC-P521', 'PEM DER JWK JWKS SSH'],
    ['KeyPair', 'Ed25519', 'PEM DER JWK JWKS SSH'],
    ['KeyPair', 'Ed448', 'PEM DER JWK JWKS'],
    ['KeyPair', 'X448', 'PEM DER JWK JWKS'],
    ['PublicKey', 'RSA-2048', 'PEM PKCS1 DER JWK JWKS SSH'],
    ['PublicKey', 'OpenPGP-ECC', 'OpenPGP'],
    ['OpenPGP', 'OpenPGP-RSA-4096', 'OpenPGP'],
  ])('gives an unprotected %s of %s the formats %s', (type, algorithm, expected) => {
    expect(formatsOf(type, algorithm).join(' ')).toBe(expected);
  });

  it.each<[CryptoKeyType, Algorithm, string]>([
    ['SecretKey', 'AES-256', 'PKCS12'],
    ['SecretKey', 'DESede', 'PKCS12'],
    ['SecretKey', 'DES', ''],
    ['KeyPair', 'RSA-3072', 'PEM DER JWKS PKCS12'],
    ['KeyPair', 'Ed448', 'PEM DER JWKS PKCS12'],
    ['KeyPair', 'X25519', 'PEM DER JWKS'],
    ['PublicKey', 'RSA-2048', 'PEM PKCS1 DER JWK JWKS SSH'],
    ['OpenPGP', 'OpenPGP-ECC', 'OpenPGP'],
  ])('gives a protected %s of %s only what a passphrase protects: %s', (type, algorithm, expected) => {
    expect(formatsOf(type, algorithm, true).join(' ')).toBe(expected);
  });

  it.each<[CryptoKeyType, Algorithm]>([
    ['TransactionRSAKey', 'RSA-3072'],
    ['FileContentPGPKey', 'OpenPGP-ECC'],
  ])('takes a %s for protected without being told', (type, algorithm) => {
    expect(formatsOf(type, algorithm)).toEqual(formatsOf(type, algorithm, true));
  });

  it('gives a type nothing of an algorithm that is not its own', () => {
    expect(formatsOf('TransactionRSAKey', 'RSA-2048')).toEqual([]);
    expect(formatsOf('SecretKey', 'RSA-2048')).toEqual([]);
  });
});

describe('defaultFormats', () => {
  it.each<[Kind, readonly Format[]]>([
    [{ type: 'KeyPair', algorithm: 'RSA-3072', isProtected: true }, ['PEM']],
    [{ type: 'PublicKey', algorithm: 'Ed448', isProtected: false }, ['PEM']],
    [{ type: 'FileContentPGPKey', algorithm: 'OpenPGP-ECC', isProtected: false }, ['OpenPGP']],
    [{ type: 'SecretKey', algorithm: 'AES-256', isProtected: false }, ['Raw', 'Base64']],
    [{ type: 'SecretKey', algorithm: 'AES-256', isProtected: true }, ['PKCS12']],
  ])('of %j are %j', (kind, expected) => {
    expect(defaultFormats(kind)).toEqual(expected);
  });

  it('exist for every kind but a protected DES key, and are formats of the kind', () => {
    for (const kind of everyKind) {
      const defaults = defaultFormats(kind);
      expect(defaults.every((format) => isFormatOf(kind, format))).toBe(true);
      expect(defaults.length === 0).toBe(kind.algorithm === 'DES' && kind.isProtected);
    }
  });
});

describe('FORMATS', () => {
  it('have data keys that a Secret may have, each of one format', () => {
    const names = formats.flatMap((format) => [
      ...new Set([FORMATS[format].secretDataKey, FORMATS[format].publicDataKey].filter((name) => name !== undefined)),
    ]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[-._a-z0-9]+$/u);
  });

  it('leave no algorithm without one', () => {
    for (const algorithm of Object.keys(ALGORITHMS) as Algorithm[])
      expect(formats.some((format) => FORMATS[format].algorithms.includes(algorithm))).toBe(true);
  });
});
