import { createCipheriv, createHmac, createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import { privateKeyOf } from '../../../../src/keys/crypto/formats/key-objects.ts';
import { renderFormats } from '../../../../src/keys/crypto/formats/render.ts';
import type { KeyMaterial } from '../../../../src/keys/crypto/material.ts';
import { SAMPLE_PASSPHRASE, privateSample, requestFor, secretSamples } from '../../../support/key-samples.ts';
import { runTool } from '../../../support/outside-tool.ts';

const MESSAGE = 'charge 17';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'java-'));
  await runTool('javac', ['-d', folder, join(import.meta.dirname, 'StoreReader.java')]);
});
afterAll(() => rm(folder, { recursive: true }));

/** Lays a key out as `<algorithm>.p12`. */
async function storeFile(material: KeyMaterial): Promise<string> {
  const request = requestFor(material, SAMPLE_PASSPHRASE);
  const { 'keystore.p12': store = new Uint8Array() } = await renderFormats({ ...request, formats: ['PKCS12'] });
  const file = join(folder, `${material.algorithm}.p12`);
  await writeFile(file, store);
  return file;
}

/** What Java makes of the message with the entry, of which there is one, as old as the version. */
async function javaResult(file: string, algorithm: string): Promise<Buffer> {
  const args = ['-cp', folder, 'StoreReader', file, SAMPLE_PASSPHRASE, 'hsm-prod-1', algorithm];
  const [size, created, result] = (await runTool('java', args)).toString().split(' ');
  expect([size, Number(created)]).toEqual(['1', Date.parse('2026-11-23T01:02:03.456Z')]);
  return Buffer.from(result ?? '', 'base64');
}

function secretSample(algorithm: Algorithm): KeyMaterial {
  return secretSamples().find((sample) => sample.algorithm === algorithm) ?? expect.fail();
}

describe('keystore.p12', () => {
  it.each([
    ['RSA-2048', 'SHA256withRSA', 'sha256'],
    ['EC-P256', 'SHA256withECDSA', 'sha256'],
    ['EC-P384', 'SHA384withECDSA', 'sha384'],
    ['EC-P521', 'SHA512withECDSA', 'sha512'],
    ['Ed25519', 'Ed25519', null],
    ['Ed448', 'Ed448', null],
  ] as const)(
    'holds a key of %s with which Java signs, and a certificate it verifies',
    async (algorithm, name, hash) => {
      const material = privateSample(algorithm);
      const signature = await javaResult(await storeFile(material), name);
      const { n, e, kty = '', crv, x, y } = privateKeyOf(material).export({ format: 'jwk' });
      const members = Object.entries({ n, e, kty, crv, x, y }).filter(([, value]) => value !== undefined);
      const publicKey = createPublicKey({ key: Object.fromEntries(members), format: 'jwk' });
      expect(verify(hash, Buffer.from(MESSAGE), publicKey, signature)).toBe(true);
    },
  );

  it.each([
    ['AES-128', 'AES/ECB/PKCS5Padding', 'aes-128-ecb'],
    ['AES-192', 'AES/ECB/PKCS5Padding', 'aes-192-ecb'],
    ['AES-256', 'AES/ECB/PKCS5Padding', 'aes-256-ecb'],
    ['DESede', 'DESede/ECB/PKCS5Padding', 'des-ede3'],
  ] as const)('holds a secret key of %s with which Java encrypts as we do', async (algorithm, name, cipherName) => {
    const material = secretSample(algorithm);
    const cipher = createCipheriv(cipherName, material.bytes, null);
    const expected = Buffer.concat([cipher.update(MESSAGE), cipher.final()]);
    expect(await javaResult(await storeFile(material), name)).toEqual(expected);
  });

  it('holds a DESede key of two keys in the length that Java takes', async () => {
    const bytes = secretSample('DESede').bytes.slice(0, 16);
    const cipher = createCipheriv('des-ede', bytes, null);
    const expected = Buffer.concat([cipher.update(MESSAGE), cipher.final()]);
    const file = await storeFile({ algorithm: 'DESede', form: 'Raw', bytes });
    expect(await javaResult(file, 'DESede/ECB/PKCS5Padding')).toEqual(expected);
  });

  it.each([
    ['HMAC-SHA256', 'HmacSHA256', 'sha256'],
    ['HMAC-SHA384', 'HmacSHA384', 'sha384'],
    ['HMAC-SHA512', 'HmacSHA512', 'sha512'],
  ] as const)('holds a secret key of %s with which Java authenticates as we do', async (algorithm, name, hash) => {
    const material = secretSample(algorithm);
    const expected = createHmac(hash, material.bytes).update(MESSAGE).digest();
    expect(await javaResult(await storeFile(material), name)).toEqual(expected);
  });

  it.each([
    [privateSample('RSA-2048'), 'PrivateKeyEntry'],
    [secretSample('AES-256'), 'SecretKeyEntry'],
  ])('is listed by keytool with its alias as it was given', async (material, entry) => {
    const file = await storeFile(material);
    const listed = await runTool('keytool', ['-list', '-keystore', file, '-storepass', SAMPLE_PASSPHRASE]);
    expect(listed.toString()).toMatch(new RegExp(`^hsm-prod-1, Nov 23, 2026, ${entry}`, 'mu'));
  });

  it('is refused by keytool under another password', async () => {
    const file = await storeFile(secretSample('AES-256'));
    // keytool complains on its standard output, so only its exit code is looked at.
    await expect(runTool('keytool', ['-list', '-keystore', file, '-storepass', 'another'])).rejects.toThrow();
  });
});
