import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderFormats } from '../../../../src/keys/crypto/formats/render.ts';
import type { Format } from '../../../../src/keys/crypto/formats/table.ts';
import type { KeyMaterial } from '../../../../src/keys/crypto/material.ts';
import {
  SAMPLE_PASSPHRASE,
  privateSample,
  privateSamples,
  requestFor,
  secretSamples,
} from '../../../support/key-samples.ts';
import { runTool } from '../../../support/outside-tool.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openssl-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function openssl(...args: readonly string[]): Promise<string> {
  return (await runTool('openssl', args, { cwd: folder })).toString();
}

/** Lays a key out in files by the names of their data keys. Gives the text of the public one. */
async function layOut(material: KeyMaterial, formats: readonly Format[], passphrase?: string): Promise<string> {
  const data = await renderFormats({ ...requestFor(material, passphrase), formats });
  for (const [name, bytes] of Object.entries(data)) await writeFile(join(folder, name), bytes);
  return Buffer.from(data['public.pem'] ?? []).toString();
}

const password = ['-passin', `pass:${SAMPLE_PASSPHRASE}`];
const wrongPassword = ['-passin', 'pass:another'];
const readers = [
  { file: 'private.pem', args: ['-in', 'private.pem'] },
  { file: 'private.der', args: ['-inform', 'DER', '-in', 'private.der'] },
] as const;

describe.each(privateSamples().map((material) => ({ material, algorithm: material.algorithm })))(
  '$algorithm',
  ({ material }) => {
    it.each(readers)('as $file is sound to openssl and belongs to public.pem', async ({ args }) => {
      const publicPem = await layOut(material, ['PEM', 'DER']);
      expect(await openssl('pkey', ...args, '-pubout')).toBe(publicPem);
      expect(await openssl('pkey', ...args, '-check', '-noout')).toContain('Key is valid');
      expect(await openssl('pkey', '-pubin', '-inform', 'DER', '-in', 'public.der', '-pubout')).toBe(publicPem);
    });

    it.each(readers)('as $file opens with its passphrase and with no other', async ({ args }) => {
      const publicPem = await layOut(material, ['PEM', 'DER'], SAMPLE_PASSPHRASE);
      expect(await openssl('pkey', ...args, ...password, '-pubout')).toBe(publicPem);
      await expect(openssl('pkey', ...args, ...wrongPassword, '-noout')).rejects.toThrow();
    });
  },
);

describe('private-pkcs1.pem', () => {
  it('is sound to openssl and belongs to both public keys', async () => {
    const publicPem = await layOut(privateSample('RSA-2048'), ['PEM', 'PKCS1']);
    expect(await openssl('rsa', '-in', 'private-pkcs1.pem', '-check', '-noout')).toContain('RSA key ok');
    expect(await openssl('rsa', '-in', 'private-pkcs1.pem', '-pubout')).toBe(publicPem);
    expect(await openssl('rsa', '-RSAPublicKey_in', '-in', 'public-pkcs1.pem', '-pubout')).toBe(publicPem);
  });
});

describe('key.b64', () => {
  it.each(secretSamples())('of $algorithm is what openssl decodes to key.bin', async (material) => {
    await layOut(material, ['Raw', 'Base64']);
    const decoded = await runTool('openssl', ['base64', '-d', '-A', '-in', 'key.b64'], { cwd: folder });
    expect(decoded.equals(await readFile(join(folder, 'key.bin')))).toBe(true);
    expect(decoded.equals(material.bytes)).toBe(true);
  });
});

describe('keystore.p12', () => {
  it.each(['RSA-2048', 'EC-P256', 'EC-P384', 'EC-P521', 'Ed25519', 'Ed448'] as const)(
    'of %s gives openssl the key and a certificate that it verifies',
    async (algorithm) => {
      const publicPem = await layOut(privateSample(algorithm), ['PEM', 'PKCS12'], SAMPLE_PASSPHRASE);
      const store = ['-in', 'keystore.p12', ...password];
      await writeFile(join(folder, 'key.pem'), await openssl('pkcs12', ...store, '-nocerts', '-noenc'));
      await writeFile(join(folder, 'carrier.pem'), await openssl('pkcs12', ...store, '-nokeys'));
      expect(await openssl('pkey', '-in', 'key.pem', '-pubout')).toBe(publicPem);
      expect(await openssl('x509', '-in', 'carrier.pem', '-noout', '-pubkey')).toBe(publicPem);
      expect(await openssl('x509', '-in', 'carrier.pem', '-noout', '-subject', '-issuer', '-dates')).toBe(
        [
          'subject=CN = hsm-prod-1',
          'issuer=CN = hsm-prod-1',
          'notBefore=Nov 23 01:02:03 2026 GMT',
          'notAfter=Dec 31 23:59:59 9999 GMT\n',
        ].join('\n'),
      );
      // A day after its start: the clock of the machine may be behind it.
      const at = `${Date.parse('2026-11-24T00:00:00Z') / 1000}`;
      const verified = openssl('verify', '-attime', at, '-check_ss_sig', '-CAfile', 'carrier.pem', 'carrier.pem');
      expect(await verified).toBe('carrier.pem: OK\n');
    },
  );

  it.each(secretSamples().filter(({ algorithm }) => algorithm !== 'DES'))(
    'of $algorithm passes the check of its MAC and of no other password',
    async (material) => {
      await layOut(material, ['PKCS12'], SAMPLE_PASSPHRASE);
      expect(await openssl('pkcs12', '-in', 'keystore.p12', ...password, '-noenc')).toContain(
        'friendlyName: hsm-prod-1',
      );
      await expect(openssl('pkcs12', '-in', 'keystore.p12', ...wrongPassword, '-noenc')).rejects.toThrow(
        'Mac verify error',
      );
    },
  );
});
