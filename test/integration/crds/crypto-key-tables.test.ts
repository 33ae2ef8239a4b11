import { describe, expect, test } from 'vitest';
import { ALGORITHMS, type Algorithm, type AlgorithmFamily } from '../../../src/keys/crypto/algorithm.ts';
import { formatsOfKind, type CryptoKeyType } from '../../../src/keys/crypto/formats/table.ts';
import { purposesOf } from '../../../src/keys/crypto/purpose.ts';
import { faultsOf } from './api-server.ts';
import { cryptoKey } from './objects.ts';

/** The rules that are tables, asked cell by cell: what is not listed here is refused. */
const PURPOSES = ['Encrypt', 'Sign', 'Mac', 'Wrap', 'Transport'];
const FORMATS = ['PEM', 'PKCS1', 'DER', 'JWK', 'JWKS', 'PKCS12', 'Raw', 'Base64', 'OpenPGP', 'SSH'];

interface Algorithms {
  readonly names: readonly string[];
  readonly purposes: readonly string[];
  /** Of a private or secret key without passphrase. */
  readonly formats: readonly string[];
  /** Of a private or secret key with one. */
  readonly protectedFormats: readonly string[];
  /** Of a PublicKey. */
  readonly publicFormats?: readonly string[];
}

const families: readonly Algorithms[] = [
  {
    names: ['AES-128', 'AES-192', 'AES-256'],
    purposes: ['Encrypt', 'Mac', 'Wrap'],
    formats: ['JWK', 'Raw', 'Base64'],
    protectedFormats: ['PKCS12'],
  },
  {
    names: ['HMAC-SHA256', 'HMAC-SHA384', 'HMAC-SHA512'],
    purposes: ['Mac'],
    formats: ['JWK', 'Raw', 'Base64'],
    protectedFormats: ['PKCS12'],
  },
  { names: ['DES'], purposes: ['Encrypt', 'Mac', 'Wrap'], formats: ['Raw', 'Base64'], protectedFormats: [] },
  {
    names: ['DESede'],
    purposes: ['Encrypt', 'Mac', 'Wrap'],
    formats: ['Raw', 'Base64'],
    protectedFormats: ['PKCS12'],
  },
  {
    names: ['RSA-2048', 'RSA-3072', 'RSA-4096'],
    purposes: ['Encrypt', 'Sign', 'Wrap', 'Transport'],
    formats: ['PEM', 'PKCS1', 'DER', 'JWK', 'JWKS', 'SSH'],
    protectedFormats: ['PEM', 'DER', 'JWKS', 'PKCS12'],
    publicFormats: ['PEM', 'PKCS1', 'DER', 'JWK', 'JWKS', 'SSH'],
  },
  {
    names: ['EC-P256', 'EC-P384', 'EC-P521'],
    purposes: ['Sign', 'Transport'],
    formats: ['PEM', 'DER', 'JWK', 'JWKS', 'SSH'],
    protectedFormats: ['PEM', 'DER', 'JWKS', 'PKCS12'],
    publicFormats: ['PEM', 'DER', 'JWK', 'JWKS', 'SSH'],
  },
  {
    names: ['Ed25519'],
    purposes: ['Sign'],
    formats: ['PEM', 'DER', 'JWK', 'JWKS', 'SSH'],
    protectedFormats: ['PEM', 'DER', 'JWKS', 'PKCS12'],
    publicFormats: ['PEM', 'DER', 'JWK', 'JWKS', 'SSH'],
  },
  {
    names: ['Ed448'],
    purposes: ['Sign'],
    formats: ['PEM', 'DER', 'JWK', 'JWKS'],
    protectedFormats: ['PEM', 'DER', 'JWKS', 'PKCS12'],
    publicFormats: ['PEM', 'DER', 'JWK', 'JWKS'],
  },
  {
    names: ['X25519', 'X448'],
    purposes: ['Transport'],
    formats: ['PEM', 'DER', 'JWK', 'JWKS'],
    protectedFormats: ['PEM', 'DER', 'JWKS'],
    publicFormats: ['PEM', 'DER', 'JWK', 'JWKS'],
  },
  {
    names: ['OpenPGP-ECC', 'OpenPGP-RSA-3072', 'OpenPGP-RSA-4096'],
    purposes: ['Encrypt', 'Sign'],
    formats: ['OpenPGP'],
    protectedFormats: ['OpenPGP'],
    publicFormats: ['OpenPGP'],
  },
];

const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as readonly Algorithm[];
const SYMMETRIC = ofFamilies('AES', 'HMAC', 'DES');
const PAIRS = ofFamilies('RSA', 'EC', 'EdDSA', 'XDH');
const OPENPGP = ofFamilies('OpenPGP');

const types: Readonly<Record<string, readonly string[]>> = {
  SecretKey: SYMMETRIC,
  KeyPair: PAIRS,
  PrivateKey: PAIRS,
  PublicKey: [...PAIRS, ...OPENPGP],
  OpenPGP: OPENPGP,
  TransactionRSAKey: ['RSA-3072', 'RSA-4096'],
  FileContentPGPKey: OPENPGP,
};
const PRESETS = ['TransactionRSAKey', 'FileContentPGPKey'];

/** Every pair of a type and an algorithm that it has. */
const kinds = Object.entries(types).flatMap(([type, names]) =>
  families.flatMap((family) =>
    family.names.filter((name) => names.includes(name)).map((algorithm) => ({ type, algorithm, family })),
  ),
);

function ofFamilies(...names: readonly AlgorithmFamily[]): readonly string[] {
  return ALGORITHM_NAMES.filter((name) => names.includes(ALGORITHMS[name].family));
}

/** Those of `values` with which the API server accepts the spec. Imported, so that every type and algorithm may be. */
async function accepted(values: readonly string[], spec: (value: string) => object): Promise<readonly string[]> {
  const faults = await Promise.all(
    values.map((value) => faultsOf(cryptoKey({ import: { content: 'AAAA' }, ...spec(value) }))),
  );
  return values.filter((_, i) => faults[i]?.length === 0);
}

function output(format: string): object {
  return { outputs: [{ name: 'app', formats: [format] }] };
}

test('every algorithm is in one family', () => {
  expect(families.flatMap(({ names }) => names)).toEqual(ALGORITHM_NAMES);
});

test.each(Object.entries(types))('the API server accepts for type %s its algorithms alone', async (type, names) => {
  expect(await accepted(ALGORITHM_NAMES, (algorithm) => ({ type, algorithm }))).toEqual(names);
});

describe.each(kinds)('$type of $algorithm', ({ type, algorithm, family }) => {
  const own = type === 'PublicKey' ? family.publicFormats : family.formats;

  /** The operator asks its own tables about algorithms that the API server does not see. */
  test('has for the operator the purposes and formats that it has for the API server', () => {
    const kind = { type: type as CryptoKeyType, algorithm: algorithm as Algorithm };
    const formats = PRESETS.includes(type) ? family.protectedFormats : own;
    const protectedFormats = type === 'PublicKey' ? family.publicFormats : family.protectedFormats;
    expect(purposesOf(kind.algorithm)).toEqual(family.purposes);
    expect(formatsOfKind({ ...kind, isProtected: false })).toEqual(formats);
    expect(formatsOfKind({ ...kind, isProtected: true })).toEqual(protectedFormats);
  });

  test('has the purposes of its algorithm alone', async () => {
    expect(await accepted(PURPOSES, (purpose) => ({ type, algorithm, purpose }))).toEqual(family.purposes);
  });

  test('has its formats alone', async () => {
    const formats = PRESETS.includes(type) ? family.protectedFormats : own;
    expect(await accepted(FORMATS, (format) => ({ type, algorithm, ...output(format) }))).toEqual(formats);
  });

  test('has beside a passphrase the formats alone that it protects', async () => {
    const spec = { type, algorithm, passphrase: {} };
    const formats = type === 'PublicKey' ? [] : family.protectedFormats;
    expect(await accepted(FORMATS, (format) => ({ ...spec, ...output(format) }))).toEqual(formats);
  });
});
