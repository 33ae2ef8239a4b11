import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSPHRASE, Workshop, importing } from './tools.ts';

let shop: Workshop;
beforeAll(async () => {
  shop = await Workshop.open();
});
afterAll(async () => {
  await shop.close();
});

/** The public key that openssl itself finds in the file. */
async function opensslPublicKey(path: string, ...options: readonly string[]): Promise<string> {
  return (await shop.openssl('pkey -pubout -in', path, ...options)).toString();
}

async function expectSameKey(bytes: Uint8Array, path: string, passphrase?: string): Promise<void> {
  const outcome = await importing('KeyPair', bytes, passphrase);
  if (outcome.kind !== 'Accepted') throw new Error(outcome.message);
  const stored = await shop.write('stored.der', outcome.material.bytes);
  const isEc = outcome.material.algorithm.startsWith('EC');
  const options = isEc ? ['-ec_param_enc', 'named_curve'] : [];
  expect(await opensslPublicKey(stored, '-inform', 'DER')).toBe(await opensslPublicKey(path, ...options));
}

const kinds = [
  ['RSA-2048', 'genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048'],
  ['RSA-3072', 'genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072'],
  ['EC-P256', 'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256'],
  ['EC-P384', 'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384'],
  ['EC-P521', 'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521'],
  ['EC-P256', 'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit'],
  ['Ed25519', 'genpkey -algorithm ed25519'],
  ['Ed448', 'genpkey -algorithm ed448'],
  ['X25519', 'genpkey -algorithm x25519'],
  ['X448', 'genpkey -algorithm x448'],
] as const;

describe('importMaterial takes what openssl makes', () => {
  it.each(kinds)('%s by "%s", in each form of both halves', async (algorithm, command) => {
    const path = join(shop.folder, 'key.pem');
    await shop.openssl(command, '-out', path);
    await expectSameKey(await readFile(path), path);
    await expectSameKey(await shop.openssl('pkey -outform DER -in', path), path);
    // RSA and EC have an older form each: PKCS#1 and SEC1.
    for (const form of /^(RSA|EC)/.test(algorithm) ? ['PEM', 'DER'] : []) {
      await expectSameKey(await shop.openssl('pkey -traditional -in', path, '-outform', form), path);
    }
    for (const form of ['PEM', 'DER']) {
      const outcome = await importing('PublicKey', await shop.openssl('pkey -pubout -in', path, '-outform', form));
      if (outcome.kind !== 'Accepted') throw new Error(outcome.message);
      expect(outcome.material.algorithm).toBe(algorithm);
      const stored = await shop.write('stored.der', outcome.material.bytes);
      expect((await shop.openssl('pkey -pubin -inform DER -in', stored)).toString()).toContain('BEGIN PUBLIC KEY');
    }
  });

  it('an EC key behind its parameters', async () => {
    const path = await shop.write('key.pem', await shop.openssl('ecparam -name prime256v1 -genkey'));
    await expectSameKey(await readFile(path), path);
  });

  it('an RSA public key as PKCS#1', async () => {
    const path = await shop.write('key.pem', await shop.openssl('genrsa 2048'));
    for (const form of ['PEM', 'DER']) {
      const bytes = await shop.openssl('rsa -RSAPublicKey_out -in', path, '-outform', form);
      expect(await importing('PublicKey', bytes)).toMatchObject({ kind: 'Accepted' });
    }
  });

  it.each([
    ['AES-256 and PBKDF2', 'pkcs8 -topk8 -v2 aes-256-cbc -iter 600000'],
    ['AES-256, PBKDF2 and SHA-512', 'pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA512'],
    ['scrypt', 'pkcs8 -topk8 -scrypt'],
    ['3DES of PKCS#12', 'pkcs8 -topk8 -v1 PBE-SHA1-3DES'],
    ['AES-256 and PBKDF2 as DER', 'pkcs8 -topk8 -outform DER'],
    ['AES-128 in the traditional form', 'rsa -aes128 -traditional'],
    ['3DES in the traditional form', 'rsa -des3 -traditional'],
  ])('a key locked with %s', async (_, command) => {
    const path = await shop.write('key.pem', await shop.openssl('genrsa 2048'));
    const locked = await shop.openssl(command, '-passout', `pass:${PASSPHRASE}`, '-in', path);
    await expectSameKey(locked, path, PASSPHRASE);
    expect(await importing('KeyPair', locked)).toMatchObject({ reason: 'PassphraseRequired' });
    expect(await importing('KeyPair', locked, 'open barley')).toMatchObject({ reason: 'PassphraseWrong' });
  });

  it.each([
    ['AES-128', 'rand 16'],
    ['AES-256', 'rand 32'],
    ['AES-256', 'rand -hex 32'],
    ['AES-256', 'rand -base64 32'],
    ['HMAC-SHA512', 'rand -base64 64'],
  ])('%s by "%s"', async (algorithm, command) => {
    const outcome = await importing('SecretKey', await shop.openssl(command));
    expect(outcome).toMatchObject({ kind: 'Accepted', material: { algorithm } });
  });
});

describe('importMaterial refuses what openssl makes', () => {
  it.each([
    ['an RSA key of 1024 bits', 'KeyPair', ['genrsa 1024'], 'WeakKey'],
    ['an RSA key with exponent 3', 'KeyPair', ['genrsa -3 2048'], 'WeakKey'],
    ['an RSA key of three primes', 'KeyPair', ['genrsa -primes 3 2048'], 'TypeMismatch'],
    ['an RSA-PSS key', 'KeyPair', ['genpkey -algorithm RSA-PSS'], 'TypeMismatch'],
    ['a brainpool key', 'KeyPair', ['ecparam -name brainpoolP256r1 -genkey -noout'], 'TypeMismatch'],
    ['a DSA key', 'KeyPair', ['dsaparam -genkey -noout 1024'], 'TypeMismatch'],
    [
      'an outdated cipher',
      'KeyPair',
      ['genpkey -algorithm ed25519', 'pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default -passout pass:p'],
      'MalformedKey',
    ],
    ['a certificate', 'PublicKey', ['genpkey -algorithm ed25519', 'req -x509 -new -subj /CN=a -key'], 'MalformedKey'],
    ['a certificate', 'SecretKey', ['genpkey -algorithm ed25519', 'req -x509 -new -subj /CN=a -key'], 'TypeMismatch'],
  ] as const)('%s as %s', async (_, type, [generate, convert], reason) => {
    const key = await shop.openssl(generate);
    const path = await shop.write('key.pem', key);
    const file =
      convert === undefined ? key : await shop.openssl(convert, ...(convert.endsWith('-key') ? [path] : ['-in', path]));
    const passphrase = convert?.includes('pass:p') ? 'p' : undefined;
    expect(await importing(type, file, passphrase)).toMatchObject({ kind: 'Refused', reason });
  });

  it('a PKCS#12 store, with the command that takes the key out', async () => {
    const key = await shop.write('key.pem', await shop.openssl('genpkey -algorithm ed25519'));
    const certificate = await shop.write('cert.pem', await shop.openssl('req -x509 -new -subj /CN=a -key', key));
    const store = await shop.openssl('pkcs12 -export -passout pass:p -inkey', key, '-in', certificate);
    expect(await importing('KeyPair', store)).toMatchObject({
      reason: 'MalformedKey',
      message: expect.stringContaining('openssl pkcs12') as string,
    });
  });
});
