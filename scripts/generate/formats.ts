import { PASSPHRASE_KEY } from '../../src/delivery/rendered.ts';
import type { Algorithm } from '../../src/keys/crypto/algorithm.ts';
import {
  CRYPTO_KEY_TYPES,
  type CryptoKeyType,
  defaultFormats,
  type Format,
  FORMATS,
  type FormatFacts,
  isFormatOf,
} from '../../src/keys/crypto/formats/table.ts';
import type { GeneratedFile } from './generated-files.ts';

const TYPES = Object.keys(CRYPTO_KEY_TYPES) as readonly CryptoKeyType[];
const ALL_FORMATS = Object.keys(FORMATS) as readonly Format[];

const DESCRIPTIONS: Readonly<Record<Format, string>> = {
  PEM: 'PKCS#8 and SPKI in PEM; with a passphrase `ENCRYPTED PRIVATE KEY`',
  PKCS1: 'the older RSA form in PEM',
  DER: 'PKCS#8 and SPKI in DER',
  JWK: 'one JSON Web Key (RFC 7517), private where the key is',
  JWKS: 'a JWK set of the public key, to be served',
  PKCS12: 'a key store; the passphrase is its password, the alias names the entry',
  Raw: 'the bytes of the key',
  Base64: 'the bytes of the key in base64, without a line end',
  OpenPGP: 'armoured OpenPGP',
  SSH: "OpenSSH's own form, and a line for authorized_keys",
};

const PASSPHRASES: Readonly<Record<FormatFacts['passphrase'], string>> = {
  Optional: 'if asked for',
  Required: 'always',
  Impossible: 'never',
};

/** docs/reference/formats.md from the table of formats. */
export async function formatsPage(): Promise<readonly GeneratedFile[]> {
  const text = `<!-- Generated from src/keys/crypto/formats/table.ts by scripts/generate/formats.ts. Do not edit: change the table and generate again. -->

# Formats of CryptoKeys

What an entry of \`spec.outputs[].formats\` puts into a Secret. Everything else is refused: by the API server where the spec alone shows it, else, for an imported key whose algorithm is detected, by the operator.

## Data keys

${table(
  ['format', 'private or secret key', 'public key', 'passphrase', 'is'],
  ALL_FORMATS.map((format) => {
    const { secretDataKey, publicDataKey, passphrase } = FORMATS[format];
    return [
      format,
      code(secretDataKey),
      code(publicDataKey),
      secretDataKey === undefined ? '' : PASSPHRASES[passphrase],
      DESCRIPTIONS[format],
    ];
  }),
)}

A private key brings its public half along under the name in the third column, unless both names are the same. A PublicKey has the third column only. A passphrase lies in a Secret of its own, \`<secretName>-passphrase\`, under \`${PASSPHRASE_KEY}\`.

## Which kind has which format

✓: yes. *with*, *without*: only with, only without a passphrase.

${table(['type', 'algorithms', ...ALL_FORMATS], TYPES.flatMap(rowsOf))}

## Default formats

Of an output that names none.

${table(['type', 'algorithms', 'without passphrase', 'with passphrase'], TYPES.flatMap(defaultsOf))}
`;
  return [{ path: 'docs/reference/formats.md', text }];
}

/** One row for each set of algorithms that exist in the same formats. */
function rowsOf(type: CryptoKeyType): readonly (readonly string[])[] {
  return grouped(type, (algorithm) => ALL_FORMATS.map((format) => availability(type, algorithm, format)));
}

function defaultsOf(type: CryptoKeyType): readonly (readonly string[])[] {
  return grouped(type, (algorithm) =>
    [false, true].map((isProtected) =>
      canBe(type, isProtected) ? defaultFormats({ type, algorithm, isProtected }).join(', ') : '',
    ),
  );
}

function availability(type: CryptoKeyType, algorithm: Algorithm, format: Format): string {
  const [plain, locked] = [false, true].map(
    (isProtected) => canBe(type, isProtected) && isFormatOf({ type, algorithm, isProtected }, format),
  );
  const { isPublic, isAlwaysProtected } = CRYPTO_KEY_TYPES[type];
  if ((plain && locked) || (plain && isPublic) || (locked && isAlwaysProtected)) return '✓';
  if (plain) return '*without*';
  return locked ? '*with*' : '';
}

function canBe(type: CryptoKeyType, isProtected: boolean): boolean {
  const { isPublic, isAlwaysProtected } = CRYPTO_KEY_TYPES[type];
  return isProtected ? !isPublic : !isAlwaysProtected;
}

function grouped(
  type: CryptoKeyType,
  cellsOf: (algorithm: Algorithm) => readonly string[],
): readonly (readonly string[])[] {
  const groups = Map.groupBy(CRYPTO_KEY_TYPES[type].algorithms, (algorithm) => JSON.stringify(cellsOf(algorithm)));
  return [...groups.values()].map((algorithms) => {
    const [first] = algorithms;
    return [type, algorithms.join(', '), ...(first === undefined ? [] : cellsOf(first))];
  });
}

function code(name: string | undefined): string {
  return name === undefined ? '' : `\`${name}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
