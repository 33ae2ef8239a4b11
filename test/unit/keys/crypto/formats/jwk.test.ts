import { createPrivateKey, createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint, importJWK } from 'jose';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { jwkSet, publicJwk, secretJwk } from '../../../../../src/keys/crypto/formats/jwk.ts';
import { privateKeyOf } from '../../../../../src/keys/crypto/formats/key-objects.ts';
import { privateSamples, publicSample, requestFor, secretSamples, spkiBytes } from '../../../../support/key-samples.ts';

/** RFC 7638, 3.1. */
const rfc7638 = {
  kty: 'RSA',
  n:
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
    'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI' +
    'SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
} as const;

function parse(bytes: Uint8Array): JWK {
  return JSON.parse(Buffer.from(bytes).toString()) as JWK;
}

/** Which algorithm to tell jose where the JWK names none. Absent: WebCrypto, and with it jose, lacks the curve. */
const joseAlgorithms: Readonly<Record<string, string>> = {
  'RSA-2048': 'RS256',
  'EC-P256': 'ES256',
  'EC-P384': 'ES384',
  'EC-P521': 'ES512',
  Ed25519: 'EdDSA',
  X25519: 'ECDH-ES',
};

describe('publicJwk', () => {
  it('names the key of RFC 7638 by the thumbprint given there', () => {
    const bytes = spkiBytes(createPublicKey({ key: { ...rfc7638 }, format: 'jwk' }));
    const material = { algorithm: 'RSA-2048', form: 'Spki', bytes } as const;
    const jwk = parse(publicJwk(requestFor(material)));
    expect(jwk).toEqual({ ...rfc7638, kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' });
  });
});

describe('jwkSet', () => {
  it('holds the public key alone, under the thumbprint that jose calculates', async () => {
    for (const material of privateSamples()) {
      const publicOnly = publicSample(material);
      const { keys } = JSON.parse(Buffer.from(jwkSet(requestFor(publicOnly))).toString()) as { keys: readonly JWK[] };
      expect(keys).toEqual([parse(publicJwk(requestFor(publicOnly)))]);
      const [jwk = { kty: '' }] = keys;
      expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk));
      const readBack = createPublicKey({ key: jwk, format: 'jwk' });
      expect(Buffer.from(spkiBytes(readBack)).equals(publicOnly.bytes)).toBe(true);
    }
  });
});

describe('secretJwk', () => {
  it('writes private keys that are read back as the same', () => {
    for (const material of privateSamples()) {
      const jwk = parse(secretJwk(requestFor(material)));
      expect(createPrivateKey({ key: jwk, format: 'jwk' }).equals(privateKeyOf(material))).toBe(true);
    }
  });

  it('writes keys that jose imports, private, public and secret', async () => {
    for (const material of [...privateSamples(), ...secretSamples()]) {
      const { algorithm, form } = material;
      if (algorithm.startsWith('DES')) continue;
      if (form === 'Raw') {
        const imported = await importJWK(parse(secretJwk(requestFor(material))), 'HS256');
        expect(Buffer.from(imported as Uint8Array).equals(material.bytes)).toBe(true);
        continue;
      }
      const alg = joseAlgorithms[algorithm];
      if (alg === undefined) continue;
      const publicOnly = publicSample(material);
      expect(await importJWK(parse(secretJwk(requestFor(material))), alg)).toMatchObject({ type: 'private' });
      expect(await importJWK(parse(publicJwk(requestFor(publicOnly))), alg)).toMatchObject({ type: 'public' });
    }
  });

  it.each([
    ['HMAC-SHA384', { kty: 'oct', use: 'sig', alg: 'HS384' }],
    ['AES-256', { kty: 'oct' }],
  ])('says of %s what is certain and gives no thumbprint away', (algorithm, expected) => {
    const material = secretSamples().find((one) => one.algorithm === algorithm) ?? expect.fail();
    const { k, ...rest } = parse(secretJwk(requestFor(material)));
    expect(rest).toEqual(expected);
    expect(k).toBe(Buffer.from(material.bytes).toString('base64url'));
  });

  it.each([
    ['Ed25519', { use: 'sig', alg: 'EdDSA' }],
    ['X25519', { use: 'enc' }],
    ['RSA-2048', {}],
    ['EC-P256', {}],
  ])('says of %s no more than is certain', (algorithm, expected) => {
    const material = privateSamples().find((one) => one.algorithm === algorithm) ?? expect.fail();
    const { use, alg } = parse(secretJwk(requestFor(material)));
    expect({ ...(use && { use }), ...(alg && { alg }) }).toEqual(expected);
  });
});
