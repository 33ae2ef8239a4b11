import { ECDH } from 'node:crypto';
import { decryptKey, readKey, readPrivateKey } from 'openpgp';
import { createSecureContext } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { KeyMaterialError } from '../../../../../src/keys/crypto/key-material-error.ts';
import { privateKeyOf } from '../../../../../src/keys/crypto/formats/key-objects.ts';
import { renderFormats } from '../../../../../src/keys/crypto/formats/render.ts';
import type { RenderRequest } from '../../../../../src/keys/crypto/formats/render-request.ts';
import { FORMATS, formatRefusal } from '../../../../../src/keys/crypto/formats/table.ts';
import type { Format } from '../../../../../src/keys/crypto/formats/table.ts';
import type { KeyMaterial } from '../../../../../src/keys/crypto/material.ts';
import {
  SAMPLE_PASSPHRASE,
  keySamples,
  openPgpSample,
  privateSample,
  privateSamples,
  publicSample,
  requestFor,
  secretSamples,
} from '../../../../support/key-samples.ts';

/** What stands before the 33 bytes of a compressed point. */
const COMPRESSED_P256_SPKI = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');

const allFormats = Object.keys(FORMATS) as readonly Format[];
const publicNames = new Set([
  'public.pem',
  'public-pkcs1.pem',
  'public.der',
  'jwks.json',
  'public.asc',
  'ssh-publickey',
]);

function possibleFormats({ material, passphrase }: RenderRequest): readonly Format[] {
  const key = { algorithm: material.algorithm, isPublic: false, isProtected: passphrase !== undefined };
  return allFormats.filter((format) => formatRefusal(key, format) === undefined);
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('latin1');
}

async function renderAll(request: RenderRequest): Promise<Readonly<Record<string, Uint8Array>>> {
  return renderFormats({ ...request, formats: possibleFormats(request) });
}

describe('renderFormats', () => {
  let samples: readonly KeyMaterial[] = [];
  beforeAll(async () => {
    samples = await keySamples();
  });

  it('gives the same bytes for the same request, whatever the kind, protected or not', async () => {
    for (const material of samples)
      for (const passphrase of [undefined, SAMPLE_PASSPHRASE]) {
        const request = requestFor(material, passphrase);
        expect(await renderAll(request)).toEqual(await renderAll(request));
      }
  });

  it('leaves the bytes it is handed alone', async () => {
    for (const material of samples) {
      const request = requestFor(material, SAMPLE_PASSPHRASE);
      const before = [Buffer.from(material.bytes).toString('hex'), text(request.passphrase)];
      await renderAll(request);
      expect([Buffer.from(material.bytes).toString('hex'), text(request.passphrase)]).toEqual(before);
    }
  });

  it('names what it gives by the data keys of the table', async () => {
    const request = requestFor(privateSample('RSA-2048'));
    expect(Object.keys(await renderAll(request)).toSorted()).toEqual([
      'jwk.json',
      'jwks.json',
      'private-pkcs1.pem',
      'private.der',
      'private.pem',
      'public-pkcs1.pem',
      'public.der',
      'public.pem',
      'ssh-privatekey',
      'ssh-publickey',
    ]);
  });

  it('puts the same into what is public, whether it has the private key or only the public one', async () => {
    for (const material of privateSamples()) {
      const ofPrivate = await renderAll(requestFor(material));
      const publicOnly = publicSample(material);
      const formats = possibleFormats(requestFor(material));
      const ofPublic = await renderFormats({ ...requestFor(publicOnly), formats });
      for (const [name, bytes] of Object.entries(ofPublic))
        if (name !== 'jwk.json') expect(text(bytes)).toBe(text(ofPrivate[name]));
      expect(Object.keys(ofPublic).filter((name) => name !== 'jwk.json')).toEqual(
        Object.keys(ofPrivate).filter((name) => publicNames.has(name)),
      );
    }
  });

  it('writes the point of a public EC key out in full, as Java needs it', async () => {
    const material = publicSample(privateSample('EC-P256'));
    const point = Buffer.from(material.bytes).subarray(-65);
    const compressed = ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed') as Buffer;
    const bytes = Buffer.concat([COMPRESSED_P256_SPKI, compressed]);
    const data = await renderFormats({ ...requestFor({ ...material, bytes }), formats: ['DER'] });
    expect(Buffer.from(data['public.der'] ?? []).equals(material.bytes)).toBe(true);
  });

  it('gives a public object no private member of a JWK', async () => {
    for (const material of privateSamples()) {
      const publicOnly = publicSample(material);
      const data = await renderFormats({ ...requestFor(publicOnly), formats: ['JWK', 'JWKS'] });
      for (const bytes of Object.values(data)) expect(text(bytes)).not.toMatch(/"(d|p|q|dp|dq|qi|k)":/u);
    }
  });

  it('puts no private number into what is public', async () => {
    for (const material of privateSamples()) {
      const data = await renderAll(requestFor(material));
      const { d = '' } = privateKeyOf(material).export({ format: 'jwk' });
      expect(d).not.toBe('');
      const secret = Buffer.from(d, 'base64url');
      for (const name of publicNames) {
        expect(text(data[name])).not.toContain(d);
        expect(text(data[name])).not.toContain(secret.toString('latin1'));
        const decoded = Buffer.from(text(data[name]).replaceAll(/-----.*-----/gu, ''), 'base64');
        expect(decoded.includes(secret)).toBe(false);
      }
    }
  });

  it('leaves no unprotected key beside a protected one', async () => {
    for (const material of privateSamples()) {
      const data = await renderAll(requestFor(material, SAMPLE_PASSPHRASE));
      expect(text(data['private.pem'])).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/u);
      const { d = '' } = privateKeyOf(material).export({ format: 'jwk' });
      for (const bytes of Object.values(data))
        expect(Buffer.from(bytes).includes(Buffer.from(d, 'base64url'))).toBe(false);
    }
  });

  it('takes every salt from the request, under a label of its own', async () => {
    for (const material of samples) {
      const request = requestFor(material, SAMPLE_PASSPHRASE);
      const asked: string[] = [];
      const salt = (label: string, bytes: number): Uint8Array => {
        asked.push(label);
        return request.salt(label, bytes);
      };
      for (const format of possibleFormats(request)) {
        asked.length = 0;
        await renderFormats({ ...request, salt, formats: [format] });
        expect(new Set(asked).size).toBe(asked.length);
      }
    }
  });

  it.each<[Format, KeyMaterial, string | undefined, string]>([
    ['PKCS1', privateSample('EC-P256'), undefined, 'NotOfKind'],
    ['SSH', privateSample('Ed448'), undefined, 'NotOfKind'],
    ['PKCS12', privateSample('X25519'), SAMPLE_PASSPHRASE, 'NotOfKind'],
    ['PKCS12', publicSample(privateSample('EC-P256')), SAMPLE_PASSPHRASE, 'NotOfKind'],
    ['PKCS12', privateSample('Ed25519'), undefined, 'PassphraseNeeded'],
    ['SSH', privateSample('Ed25519'), SAMPLE_PASSPHRASE, 'NotProtectable'],
    ['JWK', privateSample('Ed25519'), SAMPLE_PASSPHRASE, 'NotProtectable'],
  ])('refuses %s where it does not exist', async (format, material, passphrase, code) => {
    const request = { ...requestFor(material, passphrase), formats: ['PEM', format] as const };
    await expect(renderFormats(request)).rejects.toMatchObject({ name: 'FormatError', code });
  });

  it.each(allFormats)('says nothing of the bytes when a key stored for %s is damaged', async (format) => {
    const algorithm = FORMATS[format].algorithms.at(-1) ?? 'AES-256';
    const bytes = Buffer.from('not a key, but secret all the same');
    for (const form of ['Pkcs8', 'Spki', 'OpenPgpPrivate', 'OpenPgpPublic', 'Raw'] as const) {
      const passphrase = format === 'PKCS12' ? SAMPLE_PASSPHRASE : undefined;
      const rendering = renderFormats({ ...requestFor({ algorithm, form, bytes }, passphrase), formats: [format] });
      const outcome = await rendering.catch((error: unknown) => error);
      if (!(outcome instanceof KeyMaterialError)) expect(form).toMatch(/^(Raw|Spki)$/u);
      expect(JSON.stringify([outcome, String(outcome)])).not.toContain('not a key');
    }
  });

  it.each(['', 'Upper', 'a b', 'é', 'a'.repeat(64)])('refuses the alias "%s"', async (alias) => {
    const request = { ...requestFor(privateSample('Ed25519')), alias, formats: ['PEM'] as const };
    await expect(renderFormats(request)).rejects.toThrow(RangeError);
  });

  it.each(['', 'tab\t', 'müde'])('refuses the passphrase "%s"', async (passphrase) => {
    const request = { ...requestFor(privateSample('Ed25519'), passphrase), formats: ['PEM'] as const };
    await expect(renderFormats(request)).rejects.toThrow(RangeError);
  });
});

describe('renderFormats PKCS12', () => {
  it.each(['RSA-2048', 'EC-P256', 'EC-P384', 'EC-P521', 'Ed25519', 'Ed448'] as const)(
    'makes a store of %s that TLS takes with its password and refuses with another',
    async (algorithm) => {
      const request = requestFor(privateSample(algorithm), SAMPLE_PASSPHRASE);
      const { 'keystore.p12': store = new Uint8Array() } = await renderFormats({ ...request, formats: ['PKCS12'] });
      const pfx = Buffer.from(store);
      expect(() => createSecureContext({ pfx, passphrase: SAMPLE_PASSPHRASE })).not.toThrow();
      expect(() => createSecureContext({ pfx, passphrase: 'another' })).toThrow('mac verify failure');
    },
  );

  it('does not show a secret key', async () => {
    for (const material of secretSamples().filter(({ algorithm }) => algorithm !== 'DES')) {
      const request = { ...requestFor(material, SAMPLE_PASSPHRASE), formats: ['PKCS12'] as const };
      const { 'keystore.p12': store = new Uint8Array() } = await renderFormats(request);
      expect(Buffer.from(store).includes(Buffer.from(material.bytes))).toBe(false);
    }
  });
});

describe('renderFormats OpenPGP', () => {
  it('locks every packet with the passphrase, and the library unlocks it to the same key', async () => {
    const material = await openPgpSample();
    const data = await renderFormats({ ...requestFor(material, SAMPLE_PASSPHRASE), formats: ['OpenPGP'] });
    const locked = await readPrivateKey({ armoredKey: text(data['private.asc']) });
    expect(locked.getKeys().map((key) => key.isDecrypted())).toEqual([false, false]);
    await expect(decryptKey({ privateKey: locked, passphrase: 'another' })).rejects.toThrow('Incorrect key passphrase');
    const unlocked = await decryptKey({ privateKey: locked, passphrase: SAMPLE_PASSPHRASE });
    expect(Buffer.from(unlocked.write()).equals(material.bytes)).toBe(true);
  });

  it('delivers the sealed key unchanged where no passphrase is wanted', async () => {
    const material = await openPgpSample();
    const data = await renderFormats({ ...requestFor(material), formats: ['OpenPGP'] });
    const key = await readPrivateKey({ armoredKey: text(data['private.asc']) });
    expect(Buffer.from(key.write()).equals(material.bytes)).toBe(true);
    expect((await readKey({ armoredKey: text(data['public.asc']) })).isPrivate()).toBe(false);
  });

  it('refuses a private key that is said to be public', async () => {
    const { algorithm, bytes } = await openPgpSample();
    const request = requestFor({ algorithm, form: 'OpenPgpPublic', bytes });
    await expect(renderFormats({ ...request, formats: ['OpenPGP'] })).rejects.toMatchObject({
      code: 'Unreadable',
    });
  });
});
