import type { CryptoEntry } from '../../../../src/sealing/ledger.ts';
import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../src/api/generated/crypto-key.ts';
import {
  aliasOf,
  formatsOf,
  importDeclarations,
  isProtected,
  openPgpOrder,
  protectedOutputTargets,
} from '../../../../src/controllers/crypto-key/spec.ts';
import type { Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import type { Format } from '../../../../src/keys/crypto/formats/table.ts';
import { isLedger } from '../../../../src/sealing/ledger-schema.ts';
import { cryptoEnvironment, cryptoKeyOf, cryptoLedger, cryptoVersion } from '../../../support/partner-key.ts';
import { held, keyProjectOf, STAGING } from '../../../support/facts.ts';

const specWith = (spec: Partial<CryptoKeySpec>): CryptoKeySpec => cryptoKeyOf(spec).spec;

function generated(algorithm: Algorithm): CryptoEntry {
  return { algorithm, form: 'Pkcs8', bits: 256, origin: 'Generated' };
}

describe('formatsOf an output without formats', () => {
  test.each<{
    type: CryptoKeySpec['type'];
    algorithm: Algorithm;
    passphrase?: NonNullable<CryptoKeySpec['passphrase']>;
    want: readonly Format[];
  }>([
    { type: 'KeyPair', algorithm: 'RSA-3072', want: ['PEM'] },
    { type: 'KeyPair', algorithm: 'X25519', passphrase: {}, want: ['PEM'] },
    { type: 'PublicKey', algorithm: 'Ed448', want: ['PEM'] },
    { type: 'PublicKey', algorithm: 'OpenPGP-ECC', want: ['OpenPGP'] },
    { type: 'OpenPGP', algorithm: 'OpenPGP-ECC', want: ['OpenPGP'] },
    { type: 'FileContentPGPKey', algorithm: 'OpenPGP-RSA-3072', want: ['OpenPGP'] },
    { type: 'TransactionRSAKey', algorithm: 'RSA-4096', want: ['PEM'] },
    { type: 'SecretKey', algorithm: 'AES-256', want: ['Raw', 'Base64'] },
    { type: 'SecretKey', algorithm: 'AES-256', passphrase: {}, want: ['PKCS12'] },
    { type: 'SecretKey', algorithm: 'DES', want: ['Raw', 'Base64'] },
    { type: 'SecretKey', algorithm: 'DES', passphrase: {}, want: [] },
  ])('of $type $algorithm with passphrase $passphrase are $want', ({ type, algorithm, passphrase, want }) => {
    const spec = specWith({ type, algorithm, ...(passphrase !== undefined && { passphrase }) });
    expect(formatsOf(spec, 'partner', generated(algorithm))).toEqual(want);
  });
});

describe('formatsOf', () => {
  const outputs: CryptoKeySpec['outputs'] = [
    { name: 'app', secretName: 'core', formats: ['JWK'] },
    { name: 'gateway', secretName: 'edge', formats: [] },
  ];

  test('are those of the output of that name alone', () => {
    expect(formatsOf(specWith({ outputs }), 'app', generated('EC-P256'))).toEqual(['JWK']);
  });

  test.each(['gateway', 'unknown'])('are the default ones of output %s, which declares none', (output) => {
    expect(formatsOf(specWith({ outputs }), output, generated('EC-P256'))).toEqual(['PEM']);
  });
});

describe('isProtected', () => {
  test.each<{ type: CryptoKeySpec['type']; passphrase?: NonNullable<CryptoKeySpec['passphrase']>; want: boolean }>([
    { type: 'KeyPair', want: false },
    { type: 'KeyPair', passphrase: {}, want: true },
    { type: 'TransactionRSAKey', want: true },
    { type: 'FileContentPGPKey', want: true },
  ])('answers $want for $type with passphrase $passphrase', ({ type, passphrase, want }) => {
    expect(isProtected({ type, ...(passphrase !== undefined && { passphrase }) })).toBe(want);
  });
});

describe('protectedOutputTargets', () => {
  const outputs: CryptoKeySpec['outputs'] = [{ name: 'app', secretName: 'core' }, { name: 'edge' }];

  test('are one Secret for each output of a key without a passphrase', () => {
    expect(protectedOutputTargets(cryptoKeyOf({ outputs }), undefined)).toEqual([
      { name: 'app', secretName: 'core' },
      { name: 'edge', secretName: 'partner' },
    ]);
  });

  test('are two Secrets for each output of a key with one, behind the prefix of the project', () => {
    const project = keyProjectOf({ policy: { secretNamePrefix: 'key-' } }).spec;
    expect(protectedOutputTargets(cryptoKeyOf({ outputs, passphrase: {} }), project)).toEqual([
      { name: 'app', secretName: 'key-core' },
      { name: 'app', secretName: 'key-core-passphrase' },
      { name: 'edge', secretName: 'key-partner' },
      { name: 'edge', secretName: 'key-partner-passphrase' },
    ]);
  });

  test('are places that a ledger can hold, however long the name of the output', () => {
    const name = 'n'.repeat(63);
    const targets = protectedOutputTargets(cryptoKeyOf({ outputs: [{ name }], passphrase: {} }), undefined);
    const places = targets.map(({ name: output, secretName }) => held(STAGING, { output, secretName }));
    const entry = cryptoEnvironment('staging', [cryptoVersion('staging', 1)], { places });
    expect(isLedger(cryptoLedger({ environments: [entry] }))).toBe(true);
  });
});

describe('aliasOf', () => {
  const environments = [{ name: 'staging' }, { name: 'production', alias: 'hsm-prod-1' }];

  test.each([
    { environment: 'production', want: 'hsm-prod-1' },
    { environment: 'staging', want: 'partner' },
    { environment: 'unknown', want: 'partner' },
  ])('in environment $environment is $want', ({ environment, want }) => {
    expect(aliasOf(cryptoKeyOf({ environments }), environment)).toBe(want);
  });
});

describe('openPgpOrder', () => {
  const userIds = ['Payments <files@example.com>'];

  test.each<{ openpgp: CryptoKeySpec['openpgp']; want: object | undefined }>([
    { openpgp: undefined, want: undefined },
    { openpgp: { userIds }, want: { userIds } },
    { openpgp: { userIds, expiresIn: '1h' }, want: { userIds, expiresInSeconds: 3_600 } },
    { openpgp: { userIds, expiresIn: '1500ms' }, want: { userIds, expiresInSeconds: 1 } },
    // 0 would mean "never" to OpenPGP, which is what absence says.
    { openpgp: { userIds, expiresIn: '0s' }, want: { userIds } },
  ])('of $openpgp is $want', ({ openpgp, want }) => {
    expect(openPgpOrder(specWith(openpgp === undefined ? {} : { openpgp }))).toEqual(want);
  });
});

describe('importDeclarations', () => {
  const common = { secretKeyRef: { name: 'partner-keys', key: 'all.pem' } };
  const own = { secretKeyRef: { name: 'partner-keys', key: 'prod.pem' } };

  test('are none of a key that is minted', () => {
    expect(importDeclarations(cryptoKeyOf())).toEqual([]);
  });

  test('take the import of the environment before that of the key', () => {
    const environments = [{ name: 'staging' }, { name: 'production', import: own }];
    const material = { kind: 'CryptoKey', type: 'KeyPair', algorithm: 'EC-P256' };
    expect(importDeclarations(cryptoKeyOf({ environments, import: common }))).toEqual([
      { environment: 'staging', source: common, material },
      { environment: 'production', source: own, material },
    ]);
  });

  test('leave the algorithm to be detected where the spec names none', () => {
    const { algorithm: _detected, ...spec } = specWith({ import: common });
    const [declaration] = importDeclarations({ spec });
    expect(declaration?.material).toEqual({ kind: 'CryptoKey', type: 'KeyPair' });
  });

  test('are none of an environment without a source of its own, when the key has none either', () => {
    const environments = [{ name: 'staging' }, { name: 'production', import: own }];
    expect(importDeclarations(cryptoKeyOf({ environments })).map(({ environment }) => environment)).toEqual([
      'production',
    ]);
  });
});
