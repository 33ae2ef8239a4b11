import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEY_RULES } from '../../../../src/controllers/crypto-key/rules.ts';
import type { ImportFacts } from '../../../../src/controllers/planning/import-facts.ts';
import type { PolicyFacts } from '../../../../src/controllers/planning/key-rules.ts';
import type { MaterialOrder } from '../../../../src/controllers/planning/record-change.ts';
import type { TargetEnvironment } from '../../../../src/controllers/planning/targets.ts';
import type { Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import {
  cryptoEnvironment,
  cryptoFacts,
  cryptoLedger,
  cryptoRecord,
  cryptoVersion,
  keyedHash,
} from '../../../support/partner-key.ts';
import { hoursFromNow, recordOf } from '../../../support/facts.ts';

const noRecord: Partial<PolicyFacts> = { record: { kind: 'Absent' }, provenSequence: 0 };

/** How the next version of production is made. */
function newMaterial(spec: Partial<CryptoKeySpec>, changes: Partial<PolicyFacts> = noRecord): MaterialOrder {
  return CRYPTO_KEY_RULES.newMaterial(cryptoFacts(spec, changes), { name: 'production' } as TargetEnvironment);
}

/** Nothing of staging is sealed. */
const stagingLost = (...staging: Parameters<typeof cryptoEnvironment>): Partial<PolicyFacts> => ({
  record: cryptoRecord({ environments: [cryptoEnvironment(...staging)] }),
});
/** The material of the newest version of staging is sealed. */
const stagingAlone = (...staging: Parameters<typeof cryptoEnvironment>): Partial<PolicyFacts> => {
  const environments = [cryptoEnvironment(...staging)];
  const version = environments[0]?.versions[0]?.version ?? 0;
  const sealed = [{ environment: 'staging', version, field: 'material' }] as const;
  return { record: recordOf(cryptoLedger({ environments }), { sealed }) };
};

describe('newMaterial of a CryptoKey', () => {
  test('is a key of its own for each environment', () => {
    expect(newMaterial({})).toEqual({ kind: 'Crypto', algorithm: 'EC-P256', isShared: false });
    expect(newMaterial({ material: 'PerEnvironment' }, stagingAlone('staging'))).toMatchObject({ isShared: false });
  });

  test('is one key for all that are minted together, when it is shared', () => {
    expect(newMaterial({ material: 'Shared' })).toEqual({ kind: 'Crypto', algorithm: 'EC-P256', isShared: true });
  });

  test('is what another environment has already, when it is shared', () => {
    const versions = [cryptoVersion('staging', 3), cryptoVersion('staging', 1, {}, { state: 'Retiring' })];
    expect(newMaterial({ material: 'Shared' }, stagingAlone('staging', versions))).toEqual({
      kind: 'Copy',
      environment: 'staging',
      version: 3,
    });
  });

  test('is never copied from the environment itself', () => {
    const own = { record: cryptoRecord({ environments: [cryptoEnvironment('production')] }) };
    expect(newMaterial({ material: 'Shared' }, own)).toMatchObject({ kind: 'Crypto' });
  });

  test('is new where the other environments have nothing in force', () => {
    const retired = [cryptoVersion('staging', 1, {}, { state: 'Retired' })];
    expect(newMaterial({ material: 'Shared' }, stagingAlone('staging', retired))).toMatchObject({ kind: 'Crypto' });
  });

  test('is that of an environment that was withdrawn, as long as it may come back', () => {
    const withdrawn = stagingAlone('staging', undefined, {
      state: 'Withdrawn',
      destroyAt: hoursFromNow(1),
      places: [],
    });
    expect(newMaterial({ material: 'Shared' }, withdrawn)).toMatchObject({ kind: 'Copy', environment: 'staging' });
  });

  test('is new once what was withdrawn is due to be destroyed', () => {
    const over = stagingAlone('staging', undefined, {
      state: 'Withdrawn',
      destroyAt: hoursFromNow(-1),
      places: [],
    });
    expect(newMaterial({ material: 'Shared' }, over)).toMatchObject({ kind: 'Crypto' });
  });

  test('is new where the other environments owe a rotation: what they have is about to be replaced', () => {
    const owing = stagingAlone('staging', undefined, { rotationOwed: true });
    expect(newMaterial({ material: 'Shared' }, owing)).toEqual({
      kind: 'Crypto',
      algorithm: 'EC-P256',
      isShared: true,
    });
  });

  test('is new where what the other environments had is sealed no more', () => {
    expect(newMaterial({ material: 'Shared' }, stagingLost('staging'))).toMatchObject({ kind: 'Crypto' });
  });

  test('is what the source holds, shared or not, whatever other environments have', () => {
    const read: ImportFacts = { kind: 'Read', sourceHash: keyedHash('source') };
    const imports = new Map([['production', read]]);
    const wanted = { kind: 'Import', sourceHash: keyedHash('source') };
    const shared = newMaterial({ material: 'Shared' }, { ...stagingAlone('staging'), imports });
    expect(newMaterial({}, { ...noRecord, imports })).toEqual({ ...wanted, isShared: false });
    expect(shared).toEqual({ ...wanted, isShared: true });
  });

  test('comes with user ids and lifetime, for OpenPGP', () => {
    const openpgp = { userIds: ['Payments <files@example.com>'], expiresIn: '17520h' };
    expect(newMaterial({ type: 'OpenPGP', algorithm: 'OpenPGP-ECC', openpgp })).toEqual({
      kind: 'Crypto',
      algorithm: 'OpenPGP-ECC',
      isShared: false,
      openpgp: { userIds: openpgp.userIds, expiresInSeconds: 63_072_000 },
    });
  });
});

describe('status of a CryptoKey', () => {
  const shown = (...algorithms: readonly Algorithm[]): object => {
    const environments = algorithms.map((algorithm, index) => ({
      ...cryptoEnvironment('staging', [cryptoVersion('staging', 1, { algorithm })]),
      name: `environment-${index}`,
    }));
    return CRYPTO_KEY_RULES.status.accepted(cryptoFacts({}, { record: cryptoRecord({ environments }) }));
  };

  test.each<{ algorithms: readonly Algorithm[]; want: object }>([
    { algorithms: ['AES-256', 'HMAC-SHA512'], want: { quantumVulnerable: false } },
    { algorithms: ['AES-256', 'X25519'], want: { quantumVulnerable: true } },
    { algorithms: ['RSA-4096'], want: { quantumVulnerable: true } },
    { algorithms: ['OpenPGP-ECC'], want: { quantumVulnerable: true } },
    { algorithms: [], want: {} },
  ])('of $algorithms says $want', ({ algorithms, want }) => {
    expect(shown(...algorithms)).toMatchObject(want);
    if (algorithms.length === 0) expect(shown()).not.toHaveProperty('quantumVulnerable');
  });

  test('does not count a version that is no longer current', () => {
    const versions = [
      cryptoVersion('staging', 2, { algorithm: 'AES-256' }),
      cryptoVersion('staging', 1, { algorithm: 'RSA-3072' }, { state: 'Retiring' }),
    ];
    const record = cryptoRecord({ environments: [cryptoEnvironment('staging', versions)] });
    const accepted = CRYPTO_KEY_RULES.status.accepted(cryptoFacts({}, { record }));
    expect(accepted).toMatchObject({ quantumVulnerable: false });
  });

  test('shows what may be known of a version, and neither how it is stored nor a hash of its source', () => {
    const version = cryptoVersion('staging', 1, {
      origin: 'Imported',
      source: keyedHash('source'),
      fingerprint: 'SHA256:abc',
      publicKey: 'PEM',
    });
    const known = CRYPTO_KEY_RULES.status.version(version);
    expect(known).toMatchObject({
      algorithm: 'EC-P256',
      origin: 'Imported',
      fingerprint: 'SHA256:abc',
      publicKey: 'PEM',
    });
    expect(known).not.toHaveProperty('form');
    expect(known).not.toHaveProperty('source');
  });

  test('binds under its MAC what people go by: another public key or fingerprint is another part', () => {
    const partsOf = (changes: Partial<Parameters<typeof cryptoVersion>[2]>): unknown =>
      CRYPTO_KEY_RULES.status.versionParts({
        version: 1,
        state: 'Current',
        keyId: 'k1',
        hash: keyedHash('key'),
        createdAt: '2027-03-01T11:00:00Z',
        ...CRYPTO_KEY_RULES.status.version(cryptoVersion('staging', 1, changes)),
      });
    const before = partsOf({});
    for (const change of [
      { publicKey: 'PEM' },
      { fingerprint: 'SHA256:abc' },
      { thumbprint: 'abc' },
      { kcv: 'a1b2c3' },
      { openpgpFingerprint: 'ABCD' },
      { algorithm: 'Ed25519' },
      { origin: 'Imported' },
      { bits: 384 },
    ] as const) {
      expect(partsOf(change)).not.toEqual(before);
    }
  });
});
