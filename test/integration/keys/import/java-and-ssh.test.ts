import { createPrivateKey, createPublicKey } from 'node:crypto';
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

describe('importMaterial takes out of a store of keytool, by the command it advises,', () => {
  it.each([
    ['RSA-3072', ['-keyalg', 'RSA', '-keysize', '3072']],
    ['EC-P256', ['-keyalg', 'EC', '-groupname', 'secp256r1']],
    ['Ed25519', ['-keyalg', 'Ed25519']],
  ])('%s', async (algorithm, kind) => {
    const store = join(shop.folder, `${algorithm}.p12`);
    const common = ['-storetype', 'PKCS12', '-storepass', 'changeit', '-keystore', store, '-alias', 'hsm-1'];
    await shop.run('keytool', '-genkeypair', ...kind, ...common, '-dname', 'CN=a');
    expect(await importing('KeyPair', await readFile(store))).toMatchObject({ reason: 'MalformedKey' });
    const locked = await shop.openssl(
      'pkcs12 -nocerts -passin pass:changeit -in',
      store,
      '-passout',
      `pass:${PASSPHRASE}`,
    );
    expect(locked.toString()).toContain('Bag Attributes');
    expect(await importing('KeyPair', locked, PASSPHRASE)).toMatchObject({ kind: 'Accepted', material: { algorithm } });
    const certificate = await shop.run('keytool', '-exportcert', '-rfc', ...common);
    expect(await importing('PublicKey', certificate)).toMatchObject({
      reason: 'MalformedKey',
      message: expect.stringContaining('x509 -pubkey') as string,
    });
  });
});

describe('importMaterial takes what ssh-keygen makes', () => {
  it.each([
    ['RSA-3072', 'rsa', '3072', 'PEM'],
    ['RSA-3072', 'rsa', '3072', 'PKCS8'],
    ['EC-P256', 'ecdsa', '256', 'PEM'],
    ['EC-P384', 'ecdsa', '384', 'PKCS8'],
  ])('%s as "%s" of %s bits in the form %s, locked or not', async (algorithm, kind, bits, form) => {
    for (const passphrase of ['', PASSPHRASE]) {
      const path = join(shop.folder, `${algorithm}-${form}-${passphrase.length}`);
      await shop.run('ssh-keygen', '-q', '-t', kind, '-b', bits, '-m', form, '-N', passphrase, '-f', path);
      const outcome = await importing('KeyPair', await readFile(path), passphrase === '' ? undefined : passphrase);
      if (outcome.kind !== 'Accepted') throw new Error(outcome.message);
      expect(outcome.material.algorithm).toBe(algorithm);
      const key = createPrivateKey({ key: Buffer.from(outcome.material.bytes), format: 'der', type: 'pkcs8' });
      const spki = await shop.run('ssh-keygen', '-e', '-m', 'PKCS8', '-f', `${path}.pub`);
      expect(createPublicKey(key).export({ type: 'spki', format: 'pem' })).toBe(spki.toString());
      expect(await importing('PublicKey', spki)).toMatchObject({ kind: 'Accepted', material: { algorithm } });
    }
  });

  it('only after the conversion that it advises, if it is in OpenSSH form', async () => {
    const path = join(shop.folder, 'openssh');
    await shop.run('ssh-keygen', '-q', '-t', 'rsa', '-N', '', '-f', path);
    expect(await importing('KeyPair', await readFile(path))).toMatchObject({
      reason: 'MalformedKey',
      message: expect.stringContaining('ssh-keygen -p -m PKCS8 -f COPY') as string,
    });
    expect(await importing('PublicKey', await readFile(`${path}.pub`))).toMatchObject({ reason: 'MalformedKey' });
    await shop.run('ssh-keygen', '-q', '-p', '-N', '', '-m', 'PKCS8', '-f', path);
    expect(await importing('KeyPair', await readFile(path))).toMatchObject({ kind: 'Accepted' });
  });
});
