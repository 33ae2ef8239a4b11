/** jose as the judge: what a service does with the files that are delivered, with nothing of ours in between. */
import { CompactEncrypt, SignJWT, compactDecrypt, createLocalJWKSet, importJWK, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { renderFormats } from '../../../../../src/keys/crypto/formats/render.ts';
import type { KeyMaterial } from '../../../../../src/keys/crypto/material.ts';
import { privateSample, publicSample, requestFor, secretSamples } from '../../../../support/key-samples.ts';

const MESSAGE = Buffer.from('charge 17');

async function jwkFile(material: KeyMaterial): Promise<JWK> {
  const { 'jwk.json': file = [] } = await renderFormats({ ...requestFor(material), formats: ['JWK'] });
  return JSON.parse(Buffer.from(file).toString()) as JWK;
}

async function jwksFile(material: KeyMaterial): Promise<JSONWebKeySet> {
  const { 'jwks.json': file = [] } = await renderFormats({ ...requestFor(material), formats: ['JWKS'] });
  return JSON.parse(Buffer.from(file).toString()) as JSONWebKeySet;
}

async function signed(jwk: JWK, alg: string): Promise<string> {
  const { kid } = jwk;
  const header = { alg, ...(kid !== undefined && { kid }) };
  return await new SignJWT({ charge: 17 }).setProtectedHeader(header).sign(await importJWK(jwk, alg));
}

function secretSample(algorithm: string): KeyMaterial {
  return secretSamples().find((sample) => sample.algorithm === algorithm) ?? expect.fail();
}

describe('jwk.json', () => {
  it.each([
    ['RSA-2048', 'RS256'],
    ['RSA-2048', 'PS512'],
    ['EC-P256', 'ES256'],
    ['EC-P384', 'ES384'],
    ['EC-P521', 'ES512'],
    ['Ed25519', 'EdDSA'],
  ] as const)('of %s signs by %s in jose what jwks.json verifies by its kid', async (algorithm, alg) => {
    const material = privateSample(algorithm);
    const token = await signed(await jwkFile(material), alg);
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(await jwksFile(material)));
    expect(payload).toEqual({ charge: 17 });
    const other = createLocalJWKSet(await jwksFile(privateSample(algorithm)));
    await expect(jwtVerify(token, other)).rejects.toThrow('no applicable key');
    expect(protectedHeader.kid).toBe((await jwkFile(publicSample(material))).kid);
  });

  it.each([
    ['RSA-2048', 'RSA-OAEP-256'],
    ['EC-P256', 'ECDH-ES+A256KW'],
    ['EC-P384', 'ECDH-ES+A256KW'],
    ['EC-P521', 'ECDH-ES'],
    ['X25519', 'ECDH-ES'],
  ] as const)('of %s decrypts by %s in jose what the public key encrypted', async (algorithm, alg) => {
    const material = privateSample(algorithm);
    const publicKey = await importJWK(await jwkFile(publicSample(material)), alg);
    const header = { alg, enc: 'A256GCM' };
    const encrypted = await new CompactEncrypt(MESSAGE).setProtectedHeader(header).encrypt(publicKey);
    const { plaintext } = await compactDecrypt(encrypted, await importJWK(await jwkFile(material), alg));
    expect(Buffer.from(plaintext)).toEqual(MESSAGE);
  });

  it.each([
    ['HMAC-SHA256', 'HS256'],
    ['HMAC-SHA384', 'HS384'],
    ['HMAC-SHA512', 'HS512'],
  ] as const)('of %s authenticates by %s in jose, and the bytes verify it', async (algorithm, alg) => {
    const material = secretSample(algorithm);
    const { payload } = await jwtVerify(await signed(await jwkFile(material), alg), material.bytes);
    expect(payload).toEqual({ charge: 17 });
  });

  it.each([
    ['AES-128', 'A128KW'],
    ['AES-192', 'A192GCMKW'],
    ['AES-256', 'A256KW'],
  ] as const)('of %s wraps by %s in jose what the bytes open', async (algorithm, alg) => {
    const material = secretSample(algorithm);
    const encrypting = new CompactEncrypt(MESSAGE).setProtectedHeader({ alg, enc: 'A256GCM' });
    const encrypted = await encrypting.encrypt(await importJWK(await jwkFile(material), alg));
    expect(Buffer.from((await compactDecrypt(encrypted, material.bytes)).plaintext)).toEqual(MESSAGE);
  });
});
