import { acceptedLifecycles, rotationRows } from './lifecycle-rows.ts';
import { importRows } from './crypto-key-import-rows.ts';
import { outputRows } from './crypto-key-output-rows.ts';
import { NO_TIMES, TIME_MESSAGE } from './no-times.ts';
import { cryptoKey, type Declared } from './objects.ts';
import { eachOf, type RuleRow } from './rule-rows.ts';

const SECRET_REF = { secretKeyRef: { name: 'partner-keys', key: 'prod.pem' } };
const TYPE_MESSAGE =
  'must fit the type: AES-*, HMAC-*, DES and DESede for SecretKey; RSA-*, EC-*, Ed25519, Ed448, X25519 and X448 for KeyPair and PrivateKey; these and OpenPGP-* for PublicKey; OpenPGP-* for OpenPGP and FileContentPGPKey; RSA-3072 and RSA-4096 for TransactionRSAKey';
const PURPOSE_MESSAGE =
  'must fit the algorithm: Encrypt, Mac or Wrap for AES, DES and DESede; Mac for HMAC; Encrypt, Sign, Wrap or Transport for RSA; Sign or Transport for EC; Sign for Ed25519 and Ed448; Transport for X25519 and X448; Encrypt or Sign for OpenPGP';
const USER_MESSAGE =
  'must be one line of text without control characters or space at its ends, for example Payments <files@example.com>';

const nameRow: RuleRow = {
  name: 'a CryptoKey name with a dot',
  object: cryptoKey({}, 'co.re'),
  field: 'metadata.name',
  message:
    "must be a DNS label: at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit",
};

const identityRows: readonly RuleRow[] = [
  ...eachOf({ 'a project with "/"': 'acme/payments', 'an empty project': '' }, (project) => ({
    object: cryptoKey({ project }),
    field: 'spec.project',
    message: 'must be the name of a KeyProject, for example payments',
  })),
  ...eachOf({ 'a pattern as environment': '*', 'an empty environment': '' }, (name) => ({
    object: cryptoKey({ environments: [{ name }] }),
    field: 'spec.environments[0].name',
    message: 'must be the name of an environment of the KeyProject, for example production',
  })),
  ...eachOf(
    { 'an alias in upper case': 'HSM-prod', 'an alias with a space': 'a b', 'an empty alias': '' },
    (alias) => ({
      object: cryptoKey({ environments: [{ name: 'staging', alias }] }),
      field: 'spec.environments[0].alias',
      message: "must be 1 to 63 lower-case letters, digits, '.', '_' and '-', for example hsm-prod-1",
    }),
  ),
  ...eachOf({ 'an email without @': 'cards', 'an email with a space': 'a b@example.com' }, (email) => ({
    object: cryptoKey({ owner: { email } }),
    field: 'spec.owner.email',
    message: 'must be an e-mail address such as cards@example.com',
  })),
];

const algorithmRows: readonly RuleRow[] = [
  ...eachOf(
    {
      'a SecretKey of RSA': { type: 'SecretKey', algorithm: 'RSA-3072' },
      'a KeyPair of AES': { type: 'KeyPair', algorithm: 'AES-256' },
      'a KeyPair of OpenPGP': { type: 'KeyPair', algorithm: 'OpenPGP-ECC' },
      'a TransactionRSAKey of RSA-2048': { type: 'TransactionRSAKey', algorithm: 'RSA-2048' },
      'an OpenPGP key of Ed25519': { type: 'OpenPGP', algorithm: 'Ed25519', openpgp: { userIds: ['a'] } },
    },
    (spec) => ({ object: cryptoKey(spec as object), field: 'spec.algorithm', message: TYPE_MESSAGE }),
  ),
  ...eachOf(
    {
      'a minted key without algorithm': [{ name: 'staging' }],
      'a key without algorithm that one environment imports': [
        { name: 'staging' },
        { name: 'production', import: SECRET_REF },
      ],
    },
    (environments) => ({
      object: cryptoKey({ algorithm: undefined, environments }),
      field: 'spec.algorithm',
      message:
        'must be given for a key that is minted, for example RSA-3072; only a key imported in every environment may leave it out',
    }),
  ),
  ...eachOf({ 'a PrivateKey without import': 'PrivateKey', 'a PublicKey without import': 'PublicKey' }, (type) => ({
    object: cryptoKey({ type, algorithm: undefined }),
    field: 'spec.import',
    message:
      'must be given, here or in every environment, because a PrivateKey or PublicKey is only imported; to have a key minted, use type KeyPair',
  })),
  ...eachOf({ 'a minted DES key': 'DES', 'a minted 3DES key': 'DESede' }, (algorithm) => ({
    object: cryptoKey({ algorithm }),
    field: 'spec.algorithm',
    message:
      'must not be DES or DESede unless the key is imported: they are withdrawn by NIST and never minted; use AES-256, or add import',
  })),
  ...eachOf(
    {
      'AES with purpose Sign': { purpose: 'Sign' },
      'AES with purpose Transport': { purpose: 'Transport' },
      'HMAC with purpose Encrypt': { algorithm: 'HMAC-SHA256', purpose: 'Encrypt' },
      'RSA with purpose Mac': { type: 'KeyPair', algorithm: 'RSA-3072', purpose: 'Mac' },
      'Ed25519 with purpose Encrypt': { type: 'KeyPair', algorithm: 'Ed25519', purpose: 'Encrypt' },
      'X25519 with purpose Sign': { type: 'KeyPair', algorithm: 'X25519', purpose: 'Sign' },
    },
    (spec) => ({ object: cryptoKey(spec as object), field: 'spec.purpose', message: PURPOSE_MESSAGE }),
  ),
];

const lifeRows: readonly RuleRow[] = [
  ...eachOf(NO_TIMES, (expiresAt) => ({
    object: cryptoKey({ expiresAt }),
    field: 'spec.expiresAt',
    message: TIME_MESSAGE,
  })),
  ...eachOf({ 'a date without time in an environment': '2027-06-30' }, (expiresAt) => ({
    object: cryptoKey({ environments: [{ name: 'staging' }, { name: 'production', expiresAt }] }),
    field: 'spec.environments[1].expiresAt',
    message: TIME_MESSAGE,
  })),
  ...eachOf(
    { 'a recoveryWindow in days': '30d', 'a recoveryWindow over a year': '8760h1s', 'an empty recoveryWindow': '' },
    (recoveryWindow) => ({
      object: cryptoKey({ recoveryWindow }),
      field: 'spec.recoveryWindow',
      message: 'must be a duration of at most 8760h (one year), for example 720h, 90m or 1h30m',
    }),
  ),
  ...rotationRows(cryptoKey),
];

const openpgpRows: readonly RuleRow[] = [
  {
    name: 'openpgp beside a symmetric key',
    object: cryptoKey({ openpgp: { userIds: ['a'] } }),
    field: 'spec.openpgp',
    message: 'must be left out unless type is OpenPGP or FileContentPGPKey',
  },
  ...eachOf(
    {
      'a minted OpenPGP key without openpgp': { type: 'OpenPGP' },
      'a minted FileContentPGPKey without userIds': { type: 'FileContentPGPKey', openpgp: { expiresIn: '17520h' } },
    },
    (spec) => ({
      object: cryptoKey({ algorithm: 'OpenPGP-ECC', ...(spec as object) }),
      field: 'spec.openpgp',
      message:
        'must name at least one user in userIds, for example ["Payments <files@example.com>"], because an OpenPGP key that is minted says whose it is',
    }),
  ),
  ...eachOf(
    {
      'a user of two lines': 'Payments\nfiles@example.com',
      'a user that starts with a space': ' Payments',
      'a user that starts with a byte order mark': '\uFEFFPayments',
      'a user that ends with a no-break space': 'Payments\u00A0',
      'a user that ends with an ideographic space': 'Payments\u3000',
      'a user of a no-break space': '\u00A0',
      'a user with a mark that turns the direction of writing': 'Pay\u202Estnem',
      'an empty user': '',
    },
    (user) => ({
      object: openpgpKey({ userIds: ['Payments', user] }),
      field: 'spec.openpgp.userIds[1]',
      message: USER_MESSAGE,
    }),
  ),
  ...eachOf(
    { 'an expiresIn of nothing': '0s', 'an expiresIn over ten years': '87601h', 'an expiresIn in years': '2y' },
    (expiresIn) => ({
      object: openpgpKey({ userIds: ['Payments'], expiresIn }),
      field: 'spec.openpgp.expiresIn',
      message: 'must be a duration longer than 0s and of at most 87600h (ten years), for example 17520h',
    }),
  ),
];

function openpgpKey(openpgp: object): Declared {
  return cryptoKey({ type: 'OpenPGP', algorithm: 'OpenPGP-ECC', openpgp });
}

/** Breaks of every rule of CryptoKey that a create can break. Immutability has tests of its own. */
export const cryptoKeyRows: readonly RuleRow[] = [
  nameRow,
  ...identityRows,
  ...algorithmRows,
  ...lifeRows,
  ...openpgpRows,
  ...importRows,
  ...outputRows,
];

/** Objects near the rules that must be accepted. */
export const acceptedCryptoKeys: Readonly<Record<string, Declared>> = {
  'the smallest key': cryptoKey(),
  'a name of 63 characters': cryptoKey({}, 'a'.repeat(63)),
  'a key without algorithm that every environment imports': cryptoKey({
    algorithm: undefined,
    purpose: 'Wrap',
    environments: [{ name: 'staging', import: SECRET_REF }],
  }),
  'a 3DES key that is imported': cryptoKey({ algorithm: 'DESede', import: SECRET_REF }),
  'an environment with an import of its own beside that of all': cryptoKey({
    type: 'PublicKey',
    algorithm: undefined,
    import: SECRET_REF,
    environments: [{ name: 'staging' }, { name: 'production', import: { content: 'TUlJ\nQmlq\n' } }],
  }),
  'a shared key that is imported': cryptoKey({ material: 'Shared', import: SECRET_REF }),
  'an import with a passphrase': cryptoKey({
    type: 'PrivateKey',
    algorithm: 'RSA-3072',
    import: { ...SECRET_REF, passphraseSecretKeyRef: { name: 'partner-keys', key: 'prod.pass' } },
  }),
  'a sealed import': cryptoKey({ import: { openpgpMessage: '-----BEGIN PGP MESSAGE-----\n\nwcBMA\n' } }),
  'an OpenPGP key with users of any script': openpgpKey({
    userIds: ['Zahlungen Köln', '支払い\u3000<files@example.com>'],
  }),
  'an OpenPGP key that is imported without openpgp': cryptoKey({
    type: 'FileContentPGPKey',
    algorithm: undefined,
    import: SECRET_REF,
  }),
  'a preset with an empty passphrase': cryptoKey({ type: 'TransactionRSAKey', algorithm: 'RSA-4096', passphrase: {} }),
  'a protected symmetric key without formats': cryptoKey({ passphrase: {} }),
  'a recoveryWindow of 0s': cryptoKey({ recoveryWindow: '0s' }),
  ...acceptedLifecycles(cryptoKey),
  'a time with a fraction and an offset': cryptoKey({ expiresAt: '2027-06-30T00:00:00.123456789-11:30' }),
};
