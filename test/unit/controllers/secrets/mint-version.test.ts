import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { MaterialOrder, MintOrder } from '../../../../src/controllers/planning/record-change.ts';
import { mintVersion, type MintContext, type MintedVersion } from '../../../../src/controllers/secrets/mint-version.ts';
import type { KeyMaterial } from '../../../../src/keys/crypto/material.ts';
import type { Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import { isLedger } from '../../../../src/sealing/ledger-schema.ts';
import { Peppers } from '../../../../src/sealing/peppers.ts';
import { isSameMaterial, type MaterialField, type MaterialRef } from '../../../../src/sealing/sealed-material.ts';
import { materialHash } from '../../../../src/sealing/material-hash.ts';
import { cryptoEnvironment, cryptoLedger, cryptoVersion, keyedHash, partner } from '../../../support/partner-key.ts';
import { pepperOne, readyInstallation } from '../../../support/crypto-record.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { privateSample } from '../../../support/key-samples.ts';
import { mintedKey, USER_ID } from '../../../support/minted-key.ts';

const NOW_TEXT = '2027-03-01T12:00:00Z';

function contextOf(changes: Partial<MintContext> = {}): MintContext {
  return {
    identity: partner,
    ports: { randomBytes, clock: new FakeClock(new Date(NOW_TEXT)), installation: readyInstallation() },
    made: new Map(),
    open: () => Promise.resolve(undefined),
    readImported: () => Promise.reject(new TypeError('Nothing is imported here')),
    readToken: () => Promise.reject(new TypeError('No token is imported here')),
    now: NOW_TEXT,
    ...changes,
  };
}

function orderOf(environment: string, material: MaterialOrder, version = 5): MintOrder {
  return { environment, version, cause: 'FirstIssue', material };
}

function crypto(algorithm: Algorithm, isShared = false): MaterialOrder {
  return {
    kind: 'Crypto',
    algorithm,
    isShared,
    ...(algorithm === 'OpenPGP-ECC' && { openpgp: { userIds: [USER_ID] } }),
  };
}

function bytesOf({ additions }: MintedVersion, field: MaterialField): Uint8Array | undefined {
  return additions.find((addition) => addition.field === field)?.plaintext;
}

const ledger = cryptoLedger({ environments: [] });
const peppers = new Peppers([pepperOne]);

describe('mintVersion of a CryptoKey', () => {
  test.each<Algorithm>(['AES-256', 'EC-P256', 'OpenPGP-ECC'])(
    'makes %s, its facts and a passphrase',
    async (algorithm) => {
      const minted = await mintVersion(contextOf(), ledger, orderOf('staging', crypto(algorithm)), []);
      const material = bytesOf(minted, 'material') ?? new Uint8Array();
      expect(minted.entry).toMatchObject({
        version: 5,
        cause: 'FirstIssue',
        state: 'Current',
        createdAt: NOW_TEXT,
        stateSince: NOW_TEXT,
        crypto: { algorithm, origin: 'Generated' },
      });
      expect(minted.entry.hash).toBe(materialHash(peppers, partner, material));
      expect(minted.entry).not.toHaveProperty('mask');
      expect(minted.entry.crypto).not.toHaveProperty('quantumVulnerable');
      expect(Buffer.from(bytesOf(minted, 'passphrase') ?? []).toString()).toMatch(/^[\w-]{43}$/u);
      const entries = cryptoLedger({ environments: [cryptoEnvironment('staging', [minted.entry])] });
      expect(isLedger(entries)).toBe(true);
    },
  );

  test('seals everything for the environment and version of the order', async () => {
    const { additions } = await mintVersion(contextOf(), ledger, orderOf('production', crypto('EC-P256'), 9), []);
    expect(additions.map(({ environment, version }) => `${environment}/${version}`)).toEqual([
      'production/9',
      'production/9',
    ]);
  });

  test('keeps a revocation certificate of an OpenPGP key, and of no other', async () => {
    const openpgp = await mintVersion(contextOf(), ledger, orderOf('staging', crypto('OpenPGP-ECC')), []);
    expect(Buffer.from(bytesOf(openpgp, 'revocation') ?? []).toString()).toContain('BEGIN PGP PUBLIC KEY BLOCK');
    const other = await mintVersion(contextOf(), ledger, orderOf('staging', crypto('EC-P256')), []);
    expect(bytesOf(other, 'revocation')).toBeUndefined();
  });

  test('takes the slow key that was made for its environment', async () => {
    const minted = await mintedKey('EC-P256');
    const made = new Map([['production', minted]]);
    const order = orderOf('production', crypto('EC-P256'));
    expect(bytesOf(await mintVersion(contextOf({ made }), ledger, order, []), 'material')).toBe(minted.material.bytes);
    const other = await mintVersion(contextOf({ made }), ledger, orderOf('staging', crypto('EC-P256')), []);
    expect(bytesOf(other, 'material')).not.toEqual(minted.material.bytes);
  });

  test('makes another key for each environment that shares none', async () => {
    const first = await mintVersion(contextOf(), ledger, orderOf('staging', crypto('EC-P256')), []);
    const second = await mintVersion(contextOf(), ledger, orderOf('production', crypto('EC-P256')), [first]);
    expect(second.entry.hash).not.toBe(first.entry.hash);
    expect(second.entry.keyId).not.toBe(first.entry.keyId);
  });
});

describe('mintVersion of a shared CryptoKey', () => {
  test('gives a sibling the same key and copies of its own to wipe', async () => {
    const shared = crypto('OpenPGP-ECC', true);
    const first = await mintVersion(contextOf(), ledger, orderOf('staging', shared), []);
    const second = await mintVersion(contextOf(), ledger, orderOf('production', shared), [first]);
    expect(second.entry).toEqual(first.entry);
    expect(second.additions.map(({ environment }) => environment)).toEqual(Array(3).fill('production'));
    for (const field of ['material', 'passphrase', 'revocation'] as const) {
      expect(bytesOf(second, field)).toEqual(new Uint8Array(bytesOf(first, field) ?? []));
      expect(bytesOf(second, field)).not.toBe(bytesOf(first, field));
    }
    for (const { plaintext } of first.additions) plaintext.fill(0);
    expect(materialHash(peppers, partner, bytesOf(second, 'material') ?? new Uint8Array())).toBe(second.entry.hash);
  });
});

describe('mintVersion of what another environment has', () => {
  const source = cryptoVersion(
    'staging',
    3,
    { algorithm: 'OpenPGP-ECC', openpgpFingerprint: 'ABCD', publicKey: 'armoured' },
    { createdAt: '2027-01-01T00:00:00Z', stateSince: '2027-01-01T00:00:00Z', cause: 'ImportChanged' },
  );
  const known = cryptoLedger({ environments: [cryptoEnvironment('staging', [source])] });
  const order = orderOf('production', { kind: 'Copy', environment: 'staging', version: 3 });
  const sealed: readonly (MaterialRef & { readonly bytes: Uint8Array })[] = (
    ['material', 'passphrase', 'revocation'] as const
  ).map((field) => ({ environment: 'staging', version: 3, field, bytes: Buffer.from(field) }));
  const open: MintContext['open'] = (ref) => Promise.resolve(sealed.find((value) => isSameMaterial(value, ref))?.bytes);

  test('copies the key, its passphrase and its revocation certificate', async () => {
    const { additions } = await mintVersion(contextOf({ open }), known, order, []);
    expect(additions).toEqual(
      sealed.map(({ field, bytes }) => ({ environment: 'production', version: 5, field, plaintext: bytes })),
    );
  });

  test('keeps what is told of the key, and begins anew in time', async () => {
    const { entry } = await mintVersion(contextOf({ open }), known, order, []);
    expect(entry).toEqual({
      ...source,
      version: 5,
      cause: 'FirstIssue',
      createdAt: NOW_TEXT,
      stateSince: NOW_TEXT,
    });
  });

  test('does not copy that the other one is on its way out', async () => {
    const retiring = { ...source, state: 'Retiring', retireAt: NOW_TEXT } as const;
    const environments = [cryptoEnvironment('staging', [retiring])];
    const { entry } = await mintVersion(contextOf({ open }), cryptoLedger({ environments }), order, []);
    expect(entry).toMatchObject({ state: 'Current' });
    expect(entry).not.toHaveProperty('retireAt');
  });

  test('wipes what it opened when the rest does not open', async () => {
    const opened: Uint8Array[] = [];
    const failure = new Error('no answer');
    const failing: MintContext['open'] = ({ field }) => {
      if (field === 'revocation') return Promise.reject(failure);
      const bytes = Buffer.from('canary');
      opened.push(bytes);
      return Promise.resolve(bytes);
    };
    await expect(mintVersion(contextOf({ open: failing }), known, order, [])).rejects.toBe(failure);
    expect(opened.length).toBeGreaterThan(0);
    for (const bytes of opened) expect(bytes).toEqual(Buffer.alloc(6));
  });

  test('makes nothing of a version that the ledger does not hold', async () => {
    await expect(mintVersion(contextOf({ open }), ledger, order, [])).rejects.toThrow(TypeError);
  });
});

describe('mintVersion of a key that cannot be read', () => {
  const unreadable = (): KeyMaterial => ({ algorithm: 'EC-P256', form: 'Pkcs8', bytes: Buffer.from('canary') });

  test('wipes one that was made', async () => {
    const material = unreadable();
    const made = new Map([['staging', { material }]]);
    await expect(mintVersion(contextOf({ made }), ledger, orderOf('staging', crypto('EC-P256')), [])).rejects.toThrow();
    expect(material.bytes).toEqual(Buffer.alloc(6));
  });

  test('wipes one that was imported', async () => {
    const material = unreadable();
    const context = contextOf({ readImported: () => Promise.resolve(material) });
    const order = orderOf('staging', { kind: 'Import', sourceHash: keyedHash('source'), isShared: false });
    await expect(mintVersion(context, ledger, order, [])).rejects.toThrow();
    expect(material.bytes).toEqual(Buffer.alloc(6));
  });
});

describe('mintVersion of an import', () => {
  const material: KeyMaterial = privateSample('Ed25519');
  const source = keyedHash('source');
  const asked: (readonly [string, string])[] = [];
  const readImported: MintContext['readImported'] = (environment, sourceHash) => {
    asked.push([environment, sourceHash]);
    return Promise.resolve(material);
  };
  const order = orderOf('production', { kind: 'Import', sourceHash: source, isShared: false });

  test('takes the key that the source holds, and tells where it came from', async () => {
    const minted = await mintVersion(contextOf({ readImported }), ledger, order, []);
    expect(asked).toEqual([['production', source]]);
    expect(minted.entry).toMatchObject({
      hash: materialHash(peppers, partner, material.bytes),
      crypto: { algorithm: 'Ed25519', origin: 'Imported', source, form: 'Pkcs8' },
    });
    expect(bytesOf(minted, 'material')).toBe(material.bytes);
    expect(bytesOf(minted, 'passphrase')).toHaveLength(43);
  });

  test('mints nothing instead when the source changed meanwhile', async () => {
    const changed = new Error('changed');
    const context = contextOf({ readImported: () => Promise.reject(changed) });
    await expect(mintVersion(context, ledger, order, [])).rejects.toBe(changed);
  });
});
