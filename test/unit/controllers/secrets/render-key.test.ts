import { createPrivateKey, createPublicKey } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KeyRendering } from '../../../../src/controllers/planning/wanted-secret.ts';
import { renderKey } from '../../../../src/controllers/secrets/render-key.ts';
import type { StoredRecord } from '../../../support/stored-record.ts';
import type { Minted } from '../../../../src/keys/crypto/mint-order.ts';
import { SealingError } from '../../../../src/sealing/sealing-error.ts';
import { cryptoEnvironment, cryptoLedger, cryptoVersion, partner } from '../../../support/partner-key.ts';
import { readyInstallation, sealedRecord } from '../../../support/crypto-record.ts';
import { mintedKey } from '../../../support/minted-key.ts';
import { recordContext } from '../../../support/sealing.ts';
import { WipedBytes } from '../../../support/wiped-bytes.ts';

const { signal } = new AbortController();
const PASSPHRASE = 'Drawn-passphrase_of_31_characters';
const pem: KeyRendering = { part: 'Key', formats: ['PEM'], alias: 'partner', isProtected: false };
const store: KeyRendering = { part: 'Key', formats: ['PKCS12'], alias: 'partner', isProtected: true };
const passphrase: KeyRendering = { ...pem, part: 'Passphrase', formats: [] };

type Values = Readonly<Record<string, string>>;

describe('renderKey', () => {
  let minted: Minted;
  let record: StoredRecord;

  beforeAll(async () => {
    minted = await mintedKey('EC-P256');
    const staging = { environment: 'staging', version: 1 } as const;
    record = await sealedRecord(cryptoLedger(), [
      { ...staging, field: 'material', plaintext: minted.material.bytes },
      { ...staging, field: 'passphrase', plaintext: Buffer.from(PASSPHRASE) },
      { environment: 'production', version: 1, field: 'material', plaintext: minted.material.bytes },
    ]);
  });

  const render = async (rendering: KeyRendering, environment = 'staging', version = 1): Promise<Values> => {
    const ports = { installation: readyInstallation() } as Parameters<typeof renderKey>[0];
    return await renderKey(ports, partner, { environment, version }, rendering, record, signal);
  };

  test('writes the very key that is sealed', async () => {
    const values = await render(pem);
    expect(Object.keys(values).toSorted()).toEqual(['private.pem', 'public.pem']);
    const written = createPrivateKey(Buffer.from(values['private.pem'] ?? '', 'base64'));
    expect(new Uint8Array(written.export({ format: 'der', type: 'pkcs8' }))).toEqual(
      new Uint8Array(minted.material.bytes),
    );
    const published = createPublicKey(Buffer.from(values['public.pem'] ?? '', 'base64'));
    expect(published.equals(createPublicKey(written))).toBe(true);
  });

  test.each<{ name: string; rendering: KeyRendering }>([
    { name: 'without protection', rendering: { ...pem, formats: ['PEM', 'JWK', 'SSH'] } },
    { name: 'under a passphrase', rendering: { ...pem, isProtected: true } },
    { name: 'in a key store', rendering: store },
  ])('gives the same bytes each time, $name', async ({ rendering }) => {
    expect(await render(rendering)).toEqual(await render(rendering));
  });

  test('puts another alias into a key store, and nowhere else', async () => {
    const both = { ...store, formats: ['PEM', 'PKCS12'] } as const;
    const [one, other] = [await render(both), await render({ ...both, alias: 'hsm-prod-1' })];
    expect(other['keystore.p12']).not.toBe(one['keystore.p12']);
    expect({ ...other, 'keystore.p12': '' }).toEqual({ ...one, 'keystore.p12': '' });
  });

  test('writes a format as it writes it alone, whatever is beside it', async () => {
    expect(await render({ ...pem, formats: ['DER', 'PEM'] })).toMatchObject(await render(pem));
  });

  test('locks the private half under protection, and leaves the public one', async () => {
    const [open, locked] = [await render(pem), await render({ ...pem, isProtected: true })];
    expect(locked['public.pem']).toBe(open['public.pem']);
    const key = Buffer.from(locked['private.pem'] ?? '', 'base64');
    expect(() => createPrivateKey({ key, passphrase: 'another' })).toThrow();
    const unlocked = createPrivateKey({ key, passphrase: PASSPHRASE });
    expect(unlocked.equals(createPrivateKey(Buffer.from(open['private.pem'] ?? '', 'base64')))).toBe(true);
  });

  test('draws the salts of a version from its own key id', async () => {
    const key = { environment: 'staging', version: 1 } as const;
    const other = cryptoVersion('staging', 1, {}, { keyId: 'another-key1' });
    const ledger = cryptoLedger({ environments: [cryptoEnvironment('staging', [other])] });
    const ports = { installation: readyInstallation() } as Parameters<typeof renderKey>[0];
    const locked = { ...pem, isProtected: true };
    const values = await renderKey(ports, partner, key, locked, { ...record, ledger }, signal);
    expect(values['private.pem']).not.toBe((await render(locked))['private.pem']);
  });

  test('gives the passphrase alone where it is asked for, and no byte of the key', async () => {
    const values = await render(passphrase);
    expect(values).toEqual({ passphrase: Buffer.from(PASSPHRASE).toString('base64') });
  });

  test('wipes the key, the passphrase and what it wrote', async () => {
    using wiped = new WipedBytes();
    const values = await render({ ...pem, isProtected: true });
    expect(wiped.has(minted.material.bytes)).toBe(true);
    expect(wiped.has(Buffer.from(PASSPHRASE))).toBe(true);
    expect(wiped.has(Buffer.from(values['private.pem'] ?? '', 'base64'))).toBe(true);
  });

  test('wipes the key when it cannot be written', async () => {
    using wiped = new WipedBytes();
    await expect(render({ ...pem, formats: ['Raw'] })).rejects.toThrow();
    expect(wiped.has(minted.material.bytes)).toBe(true);
  });

  test.each<{ name: string; rendering: KeyRendering }>([
    { name: 'of another kind of key', rendering: { ...pem, formats: ['PEM', 'OpenPGP'] } },
    { name: 'that needs a passphrase', rendering: { ...store, isProtected: false } },
    { name: 'that cannot be protected', rendering: { ...pem, formats: ['JWK'], isProtected: true } },
    { name: 'under an alias that no key store takes', rendering: { ...pem, alias: 'No Alias' } },
  ])('refuses a format $name, and says so without a byte of the key', async ({ rendering }) => {
    const failure: unknown = await render(rendering).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'KW_FORMAT_UNAVAILABLE', retry: 'terminal' });
    const text = inspect(failure, { depth: 9 });
    expect(text).not.toContain(PASSPHRASE);
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      expect(text).not.toContain(Buffer.from(minted.material.bytes).toString(encoding).slice(48, 64));
    }
  });

  test.each<{ name: string; rendering: KeyRendering; environment: string; version: number }>([
    { name: 'the key is not sealed', rendering: pem, environment: 'production', version: 2 },
    { name: 'its passphrase is not', rendering: { ...pem, isProtected: true }, environment: 'production', version: 1 },
    { name: 'a passphrase alone is not', rendering: passphrase, environment: 'production', version: 1 },
  ])('says that material is unreadable when $name', async ({ rendering, environment, version }) => {
    const versions = [cryptoVersion('production', 2), cryptoVersion('production', 1)];
    const ledger = cryptoLedger({ environments: [cryptoEnvironment('production', versions)] });
    const ports = { installation: readyInstallation() } as Parameters<typeof renderKey>[0];
    await expect(
      renderKey(ports, partner, { environment, version }, rendering, { ...record, ledger }, signal),
    ).rejects.toMatchObject({ code: 'KW_MATERIAL_UNREADABLE' });
  });

  test('opens nothing that was sealed for another key', async () => {
    const ports = { installation: readyInstallation() } as Parameters<typeof renderKey>[0];
    const other = { ...partner, name: 'other' };
    await expect(
      renderKey(ports, other, { environment: 'staging', version: 1 }, pem, record, signal),
    ).rejects.toMatchObject({ code: 'KW_MATERIAL_UNREADABLE' });
  });

  test('promises a retry while the KEK provider gives no answer', async () => {
    const unwrap = (): Promise<never> => Promise.reject(new SealingError('KekUnavailable'));
    const context = recordContext();
    const kek = { name: 'keyring', unwrap } as unknown as typeof context.kek;
    const ports = { installation: readyInstallation({ ...context, kek }) } as Parameters<typeof renderKey>[0];
    await expect(
      renderKey(ports, partner, { environment: 'staging', version: 1 }, pem, record, signal),
    ).rejects.toMatchObject({ code: 'KW_KEK_UNAVAILABLE', retry: 'backoff' });
  });
});
