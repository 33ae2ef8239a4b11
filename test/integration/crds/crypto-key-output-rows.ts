import { cryptoKey } from './objects.ts';
import { eachOf, type RuleRow } from './rule-rows.ts';

const RSA = { type: 'KeyPair', algorithm: 'RSA-3072' };

/** `spec` with an output of these formats behind one of none. */
const withFormats = (spec: object, formats: readonly string[]): object => ({
  ...spec,
  outputs: [
    { name: 'first', secretName: 'first' },
    { name: 'app', formats },
  ],
});

const nameRows: readonly RuleRow[] = [
  ...eachOf({ 'an output name with a dot': 'a.b', 'an empty output name': '' }, (name) => ({
    object: cryptoKey({ outputs: [{ name }] }),
    field: 'spec.outputs[0].name',
    message:
      "must be a DNS label: lower-case letters, digits and '-', starting and ending with a letter or digit, for example app",
  })),
  ...eachOf(
    { 'a secretName with "_"': 'check_out', 'a secretName with an empty part': 'a..b', 'an empty secretName': '' },
    (secretName) => ({
      object: cryptoKey({ outputs: [{ name: 'app', secretName }] }),
      field: 'spec.outputs[0].secretName',
      message:
        "must be the name of a Secret: lower-case letters, digits, '-' and '.', each part starting and ending with a letter or digit",
    }),
  ),
  ...eachOf(
    {
      'two outputs of one secretName': [
        { name: 'a', secretName: 'x' },
        { name: 'b', secretName: 'x' },
      ],
      'two outputs without secretName': [{ name: 'a' }, { name: 'b' }],
      "a secretName that is the key's own name beside an output without one": [
        { name: 'a', secretName: 'core' },
        { name: 'b' },
      ],
    },
    (outputs) => ({
      object: cryptoKey({ outputs }),
      field: 'spec.outputs',
      message:
        'must not name one Secret twice: give each output a secretName of its own (without one an output uses the name of the key)',
    }),
  ),
  ...eachOf(
    {
      'an output in the place of a passphrase': cryptoKey({ outputs: [{ name: 'a', secretName: 'core-passphrase' }] }),
      'an output that takes such a name from the key': cryptoKey({ outputs: [{ name: 'a' }] }, 'core-passphrase'),
    },
    (object) => ({
      object: object as RuleRow['object'],
      field: 'spec.outputs',
      message:
        'must not have a secretName that ends in -passphrase, because Secrets of such names hold the passphrases of other outputs (without a secretName an output uses the name of the key)',
    }),
  ),
];

const passphraseRows: readonly RuleRow[] = [
  ...eachOf(
    {
      'a passphrase for a PublicKey': { type: 'PublicKey', algorithm: 'RSA-3072' },
      'a passphrase for DES': { algorithm: 'DES' },
    },
    (spec) => ({
      object: cryptoKey({ passphrase: {}, import: { content: 'AAAA' }, ...(spec as object) }),
      field: 'spec.passphrase',
      message:
        'must be left out for a PublicKey, which holds nothing to protect, and for DES, which has no format that a passphrase protects',
    }),
  ),
  ...eachOf(
    {
      'JWK beside a passphrase': withFormats({ ...RSA, passphrase: {} }, ['PEM', 'JWK']),
      'Raw beside a passphrase': withFormats({ passphrase: {} }, ['PKCS12', 'Raw']),
      'SSH of a preset': withFormats({ type: 'TransactionRSAKey', algorithm: 'RSA-3072' }, ['SSH']),
    },
    (spec) => ({
      object: cryptoKey(spec as object),
      field: 'spec.outputs',
      message:
        'must not have PKCS1, JWK, Raw, Base64 or SSH in formats beside a passphrase, which does not protect them; remove the format or the passphrase (TransactionRSAKey and FileContentPGPKey always have one)',
    }),
  ),
  ...eachOf(
    {
      'PKCS12 of a KeyPair without passphrase': withFormats(RSA, ['PEM', 'PKCS12']),
      'PKCS12 of a SecretKey without passphrase': withFormats({}, ['PKCS12']),
    },
    (spec) => ({
      object: cryptoKey(spec as object),
      field: 'spec.outputs',
      message:
        'must not have PKCS12 in formats without a passphrase, which becomes the password of the key store; add passphrase: {} to spec',
    }),
  ),
];

const formatRows: readonly RuleRow[] = [
  ...eachOf(
    {
      'PEM of a SecretKey': withFormats({}, ['Raw', 'PEM']),
      'Raw of a KeyPair': withFormats(RSA, ['Raw']),
      'OpenPGP of a KeyPair without algorithm': withFormats(
        { type: 'KeyPair', algorithm: undefined, import: { content: 'AAAA' } },
        ['OpenPGP'],
      ),
      'PKCS12 of a PublicKey': withFormats({ ...RSA, type: 'PublicKey', import: { content: 'AAAA' } }, ['PKCS12']),
    },
    (spec) => ({
      object: cryptoKey(spec as object),
      field: 'spec.outputs',
      message:
        'must have formats that the type has: Raw, Base64, JWK and PKCS12 for SecretKey; OpenPGP for OpenPGP and FileContentPGPKey; PEM, PKCS1, DER, JWK, JWKS, SSH and OpenPGP for PublicKey; PEM, PKCS1, DER, JWK, JWKS, SSH and PKCS12 for KeyPair, PrivateKey and TransactionRSAKey',
    }),
  ),
  ...eachOf(
    {
      'PKCS1 of EC': withFormats({ type: 'KeyPair', algorithm: 'EC-P256' }, ['PEM', 'PKCS1']),
      'SSH of Ed448': withFormats({ type: 'KeyPair', algorithm: 'Ed448' }, ['SSH']),
      'PKCS12 of X25519': withFormats({ type: 'KeyPair', algorithm: 'X25519', passphrase: {} }, ['PKCS12']),
      'JWK of 3DES': withFormats({ algorithm: 'DESede', import: { content: 'AAAA' } }, ['JWK']),
      'PEM of a public OpenPGP key': withFormats(
        { type: 'PublicKey', algorithm: 'OpenPGP-ECC', import: { content: 'AAAA' } },
        ['PEM'],
      ),
    },
    (spec) => ({
      object: cryptoKey(spec as object),
      field: 'spec.outputs',
      message:
        'must have formats that the algorithm has: only OpenPGP for OpenPGP-*, and OpenPGP for no other; PKCS1 only for RSA; SSH not for Ed448, X25519 and X448; PKCS12 not for X25519, X448 and DES; JWK not for DES and DESede',
    }),
  ),
];

export const outputRows: readonly RuleRow[] = [...nameRows, ...passphraseRows, ...formatRows];
