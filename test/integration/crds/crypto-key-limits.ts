import { lifecycleLimits } from './lifecycle-rows.ts';
import { ALGORITHMS } from '../../../src/keys/crypto/algorithm.ts';
import { count, email, length, notEmpty, oneOf, required, unique, type LimitRow, type Make } from './limit-rows.ts';
import { cryptoKey, withoutSpec, type Declared } from './objects.ts';

const TYPES = ['SecretKey', 'KeyPair', 'PrivateKey', 'PublicKey', 'OpenPGP', 'TransactionRSAKey', 'FileContentPGPKey'];
const FORMATS = ['PEM', 'PKCS1', 'DER', 'JWK', 'JWKS', 'PKCS12', 'Raw', 'Base64', 'OpenPGP', 'SSH'];
const ALGORITHM_NAMES = Object.keys(ALGORITHMS);
const REF = { name: 'partner-keys', key: 'prod.pem' };

const environment = (fields: object): Declared => cryptoKey({ environments: [{ name: 'a', ...fields }] });
const output = (fields: object): Declared => cryptoKey({ outputs: [{ name: 'app', ...fields }] });
const openpgp = (fields: object): Declared =>
  cryptoKey({ type: 'OpenPGP', algorithm: 'OpenPGP-ECC', openpgp: { userIds: ['a'], ...fields } });

/** Limits of one import, wherever it stands. */
function importLimits(field: string, make: (fields: object) => object): readonly LimitRow[] {
  const key: Make = (fields) =>
    cryptoKey({ type: 'PrivateKey', algorithm: 'RSA-3072', ...make(fields as Record<string, unknown>) });
  return [
    ...refLimits(`${field}.secretKeyRef`, (secretKeyRef) => key({ secretKeyRef })),
    ...refLimits(`${field}.passphraseSecretKeyRef`, (ref) => key({ secretKeyRef: REF, passphraseSecretKeyRef: ref })),
    length(
      `${field}.openpgpMessage`,
      49_152,
      (openpgpMessage) => key({ openpgpMessage }),
      (n) => '-----BEGIN PGP MESSAGE-----'.padEnd(n, 'a'),
    ),
    length(`${field}.content`, 22_528, (content) => key({ content })),
    length(
      `${field}.passphraseOpenpgpMessage`,
      8_192,
      (passphraseOpenpgpMessage) => key({ secretKeyRef: REF, passphraseOpenpgpMessage }),
      (n) => '-----BEGIN PGP MESSAGE-----'.padEnd(n, 'a'),
    ),
  ];
}

/** Limits of a reference to a Secret. */
export function refLimits(field: string, make: Make): readonly LimitRow[] {
  return [
    required(`${field}.name`, make(REF), make({ key: 'a' })),
    length(`${field}.name`, 253, (name) => make({ ...REF, name })),
    required(`${field}.key`, make(REF), make({ name: 'a' })),
    length(`${field}.key`, 253, (key) => make({ ...REF, key })),
  ];
}

const identityLimits: readonly LimitRow[] = [
  required('spec', cryptoKey(), withoutSpec(cryptoKey())),
  length('metadata.name', 63, (name) => cryptoKey({}, String(name))),
  required('spec.project', cryptoKey(), cryptoKey({ project: undefined })),
  length('spec.project', 63, (project) => cryptoKey({ project })),
  required('spec.type', cryptoKey(), cryptoKey({ type: undefined })),
  oneOf('spec.type', TYPES, (type) => cryptoKey({ type })),
  oneOf('spec.algorithm', ALGORITHM_NAMES, (algorithm) => cryptoKey({ algorithm })),
  oneOf('spec.purpose', ['Encrypt', 'Sign', 'Mac', 'Wrap', 'Transport'], (purpose) => cryptoKey({ purpose })),
  oneOf('spec.material', ['PerEnvironment', 'Shared'], (material) => cryptoKey({ material })),
  length('spec.displayName', 128, (displayName) => cryptoKey({ displayName })),
  length('spec.description', 1024, (description) => cryptoKey({ description })),
  length('spec.owner.name', 128, (name) => cryptoKey({ owner: { name } })),
  length('spec.owner.email', 254, (value) => cryptoKey({ owner: { email: value } }), email),
  length('spec.requestedBy', 254, (requestedBy) => cryptoKey({ requestedBy })),
  length('spec.expiresAt', 64, (expiresAt) => cryptoKey({ expiresAt }), time),
  length('spec.recoveryWindow', 32, (recoveryWindow) => cryptoKey({ recoveryWindow }), duration),
  ...lifecycleLimits(cryptoKey),
];

const environmentLimits: readonly LimitRow[] = [
  required('spec.environments', cryptoKey(), cryptoKey({ environments: undefined })),
  notEmpty('spec.environments', (environments) => cryptoKey({ environments }), { name: 'a' }),
  count(
    'spec.environments',
    16,
    (environments) => cryptoKey({ environments }),
    (i) => ({ name: `e-${i}` }),
  ),
  unique(
    'spec.environments',
    (environments) => cryptoKey({ environments }),
    { name: 'a' },
    { name: 'b' },
    '{"name":"a"}',
  ),
  required('spec.environments[].name', environment({}), environment({ name: undefined })),
  length('spec.environments[].name', 63, (name) => environment({ name })),
  length('spec.environments[].alias', 63, (alias) => environment({ alias })),
  length('spec.environments[].expiresAt', 64, (expiresAt) => environment({ expiresAt }), time),
  ...importLimits('spec.environments[].import', (fields) => ({ environments: [{ name: 'a', import: fields }] })),
  ...importLimits('spec.import', (fields) => ({ import: fields })),
];

const openpgpLimits: readonly LimitRow[] = [
  notEmpty('spec.openpgp.userIds', (userIds) => openpgp({ userIds }), 'a'),
  count(
    'spec.openpgp.userIds',
    4,
    (userIds) => openpgp({ userIds }),
    (i) => `u${i}`,
  ),
  unique('spec.openpgp.userIds', (userIds) => openpgp({ userIds }), 'a', 'b', '"a"'),
  length('spec.openpgp.userIds[]', 128, (userId) => openpgp({ userIds: [userId] })),
  length('spec.openpgp.expiresIn', 32, (expiresIn) => openpgp({ expiresIn }), duration),
];

const outputLimits: readonly LimitRow[] = [
  notEmpty('spec.outputs', (outputs) => cryptoKey({ outputs }), { name: 'app' }),
  count(
    'spec.outputs',
    4,
    (outputs) => cryptoKey({ outputs }),
    (i) => ({ name: `o-${i}`, secretName: `s-${i}` }),
  ),
  unique(
    'spec.outputs',
    (outputs) => cryptoKey({ outputs }),
    { name: 'a' },
    { name: 'b', secretName: 'b' },
    '{"name":"a"}',
  ),
  required('spec.outputs[].name', output({}), output({ name: undefined })),
  length('spec.outputs[].name', 63, (name) => output({ name })),
  length('spec.outputs[].secretName', 179, (secretName) => output({ secretName })),
  notEmpty('spec.outputs[].formats', (formats) => output({ formats }), 'Raw'),
  unique('spec.outputs[].formats', (formats) => output({ formats }), 'Raw', 'Base64', '"Raw"'),
  {
    ...oneOf('spec.outputs[].formats[]', FORMATS, (format) => output({ formats: [format] })),
    accepted: output({ formats: ['Raw'] }),
  },
];

export const cryptoKeyLimits: readonly LimitRow[] = [
  ...identityLimits,
  ...environmentLimits,
  ...openpgpLimits,
  ...outputLimits,
];

/** The longest time the rule accepts has 35 characters, so the limit is never what refuses a real one. */
function time(n: number): string {
  return n > 64 ? '1'.repeat(n) : '2027-06-30T00:00:00.123456789+00:00';
}

function duration(n: number): string {
  return n > 32 ? '1'.repeat(n) : '1h';
}
