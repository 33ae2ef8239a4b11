import { cryptoKey } from './objects.ts';
import { eachOf, type RuleRow } from './rule-rows.ts';

const REF = { name: 'partner-keys', key: 'prod.pem' };
const SEALED = '-----BEGIN PGP MESSAGE-----\n';
const SOURCE_MESSAGE = 'must have exactly one source, which is one of secretKeyRef, openpgpMessage and content';
const NAME_MESSAGE = 'must be the name of a Secret in this namespace, for example partner-keys';

/** Breaks of one import, wherever it stands. */
function rowsAt(field: string, place: string, spec: (fields: object) => object): readonly RuleRow[] {
  const object = (fields: object) => cryptoKey(spec(fields));
  const key = (example: string) =>
    `must be a key of the Secret's data: letters, digits, '-', '_' and '.', for example ${example}`;
  const pair = (fields: object) =>
    cryptoKey({ ...spec({ secretKeyRef: REF, ...fields }), type: 'KeyPair', algorithm: 'RSA-3072' });
  const passphrase = (fields: object) => pair({ passphraseSecretKeyRef: { ...REF, ...fields } });
  const rows: readonly RuleRow[] = [
    ...eachOf(
      {
        'an import without source': {},
        'an import from two sources': { secretKeyRef: REF, openpgpMessage: SEALED },
        'an import from three sources': { secretKeyRef: REF, openpgpMessage: SEALED, content: 'AAAA' },
      },
      (fields) => ({ object: object(fields as object), field, message: SOURCE_MESSAGE }),
    ),
    ...eachOf(
      { 'PEM as content': '-----BEGIN PRIVATE KEY-----', 'base64url as content': 'a_b-', 'empty content': '' },
      (content) => ({
        object: object({ content }),
        field: `${field}.content`,
        message: 'must be base64, for example the output of: base64 -w0 key.pem',
      }),
    ),
    ...eachOf(
      { 'a key as openpgpMessage': '-----BEGIN PGP PRIVATE KEY BLOCK-----', 'an empty openpgpMessage': '' },
      (openpgpMessage) => ({
        object: object({ openpgpMessage }),
        field: `${field}.openpgpMessage`,
        message:
          'must be an armoured OpenPGP message as kubectl keywright seal prints it, starting with -----BEGIN PGP MESSAGE-----',
      }),
    ),
    ...eachOf({ 'a Secret of another namespace': 'other/keys', 'an empty Secret name': '' }, (name) => ({
      object: object({ secretKeyRef: { ...REF, name } }),
      field: `${field}.secretKeyRef.name`,
      message: NAME_MESSAGE,
    })),
    ...eachOf({ 'a path as key': 'keys/prod.pem', 'an empty key': '' }, (value) => ({
      object: object({ secretKeyRef: { ...REF, key: value } }),
      field: `${field}.secretKeyRef.key`,
      message: key('prod.pem'),
    })),
    ...eachOf(
      { 'a passphrase as passphraseOpenpgpMessage': 'secret', 'an empty passphraseOpenpgpMessage': '' },
      (passphraseOpenpgpMessage) => ({
        object: pair({ passphraseOpenpgpMessage }),
        field: `${field}.passphraseOpenpgpMessage`,
        message:
          'must be an armoured OpenPGP message as kubectl keywright seal --field=passphrase prints it, starting with -----BEGIN PGP MESSAGE-----',
      }),
    ),
    ...eachOf({ 'two passphrases': { passphraseSecretKeyRef: REF, passphraseOpenpgpMessage: SEALED } }, (fields) => ({
      object: pair(fields as object),
      field,
      message: 'must have the passphrase once, so remove passphraseSecretKeyRef or passphraseOpenpgpMessage',
    })),
    ...eachOf({ 'a Secret with "_" for the passphrase': 'a_b' }, (name) => ({
      object: passphrase({ name }),
      field: `${field}.passphraseSecretKeyRef.name`,
      message: NAME_MESSAGE,
    })),
    ...eachOf({ 'a path as key of the passphrase': 'a/b' }, (value) => ({
      object: passphrase({ key: value }),
      field: `${field}.passphraseSecretKeyRef.key`,
      message: key('prod.pass'),
    })),
  ];
  return rows.map((row) => ({ ...row, name: `${row.name} ${place}` }));
}

const onlyImported = eachOf({ 'a minted PrivateKey': 'PrivateKey', 'a minted PublicKey': 'PublicKey' }, (type) => ({
  object: cryptoKey({ type, algorithm: 'RSA-3072' }),
  field: 'spec.import',
  message:
    'must be given, here or in every environment, because a PrivateKey or PublicKey is only imported; to have a key minted, use type KeyPair',
}));

const inSharedMaterial: RuleRow = {
  name: 'an environment with import while material is Shared',
  object: cryptoKey({ material: 'Shared', environments: [{ name: 'staging', import: { secretKeyRef: REF } }] }),
  field: 'spec.environments',
  message:
    'must not have import in an environment while material is Shared: one key serves them all, so put import beside material',
};

const withNeedlessPassphrase = eachOf(
  {
    'a passphrase for the import of a SecretKey': { type: 'SecretKey', algorithm: 'AES-256', ...imported('Secret') },
    'a passphrase for the import of a PublicKey': { type: 'PublicKey', algorithm: 'RSA-3072', ...imported('Secret') },
    'a sealed passphrase for the import of a SecretKey': { ...imported('Message') },
    'a sealed passphrase for the import of a PublicKey in an environment': {
      type: 'PublicKey',
      algorithm: 'RSA-3072',
      environments: [{ name: 'staging', ...imported('Message') }],
    },
  },
  (spec) => ({
    object: cryptoKey(spec as object),
    field: 'spec.type',
    message:
      'must not be SecretKey or PublicKey when an import has a passphrase: keys of these types are imported without one, so remove passphraseSecretKeyRef or passphraseOpenpgpMessage',
  }),
);

function imported(passphrase: 'Secret' | 'Message'): object {
  const given = passphrase === 'Secret' ? { passphraseSecretKeyRef: REF } : { passphraseOpenpgpMessage: SEALED };
  return { import: { secretKeyRef: REF, ...given } };
}

export const importRows: readonly RuleRow[] = [
  ...rowsAt('spec.import', 'for all environments', (fields) => ({ import: fields })),
  ...rowsAt('spec.environments[1].import', 'in an environment', (fields) => ({
    environments: [{ name: 'staging' }, { name: 'production', import: fields }],
  })),
  ...onlyImported,
  inSharedMaterial,
  ...withNeedlessPassphrase,
];
