import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../src/api/generated/crypto-key.ts';
import type { KeyProjectSpec } from '../../../../src/api/generated/key-project.ts';
import { importedKeyIsUnfit } from '../../../../src/controllers/crypto-key/import-checks.ts';
import { CRYPTO_KEY_RULES } from '../../../../src/controllers/crypto-key/rules.ts';
import { sourceRefusals } from '../../../../src/controllers/planning/import-checks.ts';
import type { ImportFacts } from '../../../../src/controllers/planning/import-facts.ts';
import type { PolicyFacts } from '../../../../src/controllers/planning/key-rules.ts';
import type { Violation } from '../../../../src/controllers/planning/policy.ts';
import type { Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import type { CryptoEntry } from '../../../../src/sealing/ledger.ts';
import { checkout } from '../../../support/sealing.ts';

interface Given {
  readonly spec?: Partial<CryptoKeySpec>;
  readonly policy?: KeyProjectSpec['policy'];
  /** By environment. */
  readonly imports?: Readonly<Record<string, ImportFacts>>;
  /** What the current version of "staging" is of. */
  readonly issued?: Pick<CryptoEntry, 'algorithm' | 'origin'>;
  /** Whose record it is. */
  readonly namespace?: string;
}

const SOURCE = { secretKeyRef: { name: 'partner', key: 'prod.pem' } };
const MISSING: ImportFacts = { kind: 'Missing', reason: 'ImportSourceMissing', message: 'gone' };
const REFUSED: ImportFacts = { kind: 'Refused', reason: 'WeakKey', message: 'weak' };
const ALL = ['DES', 'DESede', 'AES-256', 'HMAC-SHA256', 'RSA-3072', 'EC-P256', 'X25519', 'Ed448'] as const;

function read(algorithm: Algorithm, size = 32): ImportFacts {
  return { kind: 'Read', sourceHash: `hmac-sha256:p:${'ab'.repeat(32)}`, algorithm, size };
}

/** Where the key is not accepted, or else the first environment whose source is not. */
function violationOf({
  spec = {},
  policy = { algorithms: [...ALL] },
  imports = {},
  issued,
  namespace = checkout.namespace,
}: Given) {
  const environments = [{ name: 'staging' }];
  const object = { spec: { project: 'payments', type: 'SecretKey', environments, import: SOURCE, ...spec } };
  const version = { version: 1, state: 'Current', crypto: issued };
  const ledger = { namespace, environments: [{ name: 'staging', versions: issued === undefined ? [] : [version] }] };
  const projectSpec = { environments: [], policy };
  const facts = {
    identity: checkout,
    object,
    rules: CRYPTO_KEY_RULES,
    project: { kind: 'Ours', project: { spec: projectSpec } },
    projectSpec,
    imports: new Map(Object.entries(imports)),
    record: { kind: 'Valid', ledger },
  } as unknown as PolicyFacts;
  const [refusal] = sourceRefusals(facts);
  if (refusal === undefined) return importedKeyIsUnfit(facts);
  const { environment, reason, message } = refusal;
  return { reason, message: `Environment "${environment}": ${message}` };
}

const refusals: readonly (readonly [string, Given, Violation])[] = [
  [
    'what its source refuses',
    { imports: { staging: REFUSED }, issued: { algorithm: 'AES-256', origin: 'Imported' } },
    { reason: 'WeakKey', message: 'Environment "staging": weak' },
  ],
  [
    'a source that is gone before anything was imported',
    { imports: { staging: MISSING } },
    { reason: 'ImportSourceMissing', message: 'Environment "staging": gone' },
  ],
  [
    'a source that is gone where another namespace imported',
    { imports: { staging: MISSING }, issued: { algorithm: 'AES-256', origin: 'Imported' }, namespace: 'someone-else' },
    { reason: 'ImportSourceMissing', message: 'Environment "staging": gone' },
  ],
  [
    'a source that is gone before what it held took the place of a minted version',
    { imports: { staging: MISSING }, issued: { algorithm: 'AES-256', origin: 'Generated' } },
    { reason: 'ImportSourceMissing', message: 'Environment "staging": gone' },
  ],
  [
    'an HMAC key for encryption',
    { spec: { purpose: 'Encrypt' }, imports: { staging: read('HMAC-SHA256') } },
    {
      reason: 'PurposeMismatch',
      message:
        'Environment "staging": The imported key is HMAC-SHA256, which is not for Encrypt; it is for: Mac. Correct spec.purpose',
    },
  ],
  [
    'an X25519 key for SSH',
    {
      spec: { type: 'KeyPair', outputs: [{ name: 'a' }, { name: 'b', formats: ['PEM', 'SSH'] }] },
      imports: { staging: read('X25519') },
    },
    {
      reason: 'FormatUnavailable',
      message:
        'Environment "staging": The imported key is X25519, which does not exist in format SSH; it has: PEM, DER, JWK, JWKS. Correct spec.outputs',
    },
  ],
  [
    'an X25519 key for a protected key store',
    {
      spec: { type: 'KeyPair', passphrase: {}, outputs: [{ name: 'a', formats: ['PKCS12'] }] },
      imports: { staging: read('X25519') },
    },
    {
      reason: 'FormatUnavailable',
      message:
        'Environment "staging": The imported key is X25519, which does not exist in format PKCS12 with a passphrase; it has: PEM, DER, JWKS. Correct spec.outputs',
    },
  ],
  [
    'a DES key to protect',
    { spec: { passphrase: {} }, imports: { staging: read('DES', 8) } },
    {
      reason: 'FormatUnavailable',
      message:
        'Environment "staging": The imported key is DES, which has no format that a passphrase protects; remove spec.passphrase',
    },
  ],
  [
    'a DES key where the policy says nothing',
    { policy: {}, imports: { staging: read('DES', 8) } },
    {
      reason: 'PolicyViolation',
      message:
        'Environment "staging": The imported key is DES, which the project\'s policy does not allow; it allows: AES-128, AES-192, AES-256, HMAC-SHA256, HMAC-SHA384, HMAC-SHA512, RSA-2048, RSA-3072, …. Legacy algorithms are allowed by name: add DES to policy.algorithms of the KeyProject, beside those',
    },
  ],
  [
    'an algorithm that is declared after another was imported',
    { spec: { algorithm: 'AES-256' }, imports: { staging: read('HMAC-SHA256') } },
    {
      reason: 'TypeMismatch',
      message:
        'Environment "staging": The imported key is HMAC-SHA256, and spec.algorithm says AES-256; correct or remove spec.algorithm, or import another key',
    },
  ],
  [
    'a purpose that what was imported does not have, although its source is gone',
    {
      spec: { type: 'KeyPair', purpose: 'Sign' },
      imports: { staging: MISSING },
      issued: { algorithm: 'X25519', origin: 'Imported' },
    },
    {
      reason: 'PurposeMismatch',
      message:
        'Environment "staging": The imported key is X25519, which is not for Sign; it is for: Transport. Correct spec.purpose',
    },
  ],
  [
    'more than 160 KiB together',
    { imports: { staging: read('AES-256', 160 * 1024), production: read('AES-256', 1) } },
    {
      reason: 'TooLarge',
      message:
        'Environment "staging": What all environments import is larger than 160 KiB together; leave out of each key what does not belong to it, or declare a second CryptoKey for some environments',
    },
  ],
];

const accepted: readonly (readonly [string, Given])[] = [
  ['a key that fits', { spec: { purpose: 'Mac' }, imports: { staging: read('HMAC-SHA256') } }],
  ['a DES key without a passphrase', { imports: { staging: read('DES', 8) } }],
  ['a protected 3DES key', { spec: { passphrase: {} }, imports: { staging: read('DESede', 24) } }],
  ['160 KiB together', { imports: { staging: read('AES-256', 160 * 1024) } }],
  [
    'a source that is gone after it was imported',
    { imports: { staging: MISSING }, issued: { algorithm: 'AES-256', origin: 'Imported' } },
  ],
  [
    'what is new in the place of something that would not fit',
    {
      spec: { purpose: 'Encrypt' },
      imports: { staging: read('AES-256') },
      issued: { algorithm: 'HMAC-SHA256', origin: 'Imported' },
    },
  ],
];

describe('The checks of what a CryptoKey imports', () => {
  test.each(refusals)('refuse %s', (_name, given, violation) => {
    expect(violationOf(given)).toEqual(violation);
  });

  test.each(accepted)('take %s', (_name, given) => {
    expect(violationOf(given)).toBeUndefined();
  });
});
