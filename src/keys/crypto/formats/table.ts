import { ALGORITHMS } from '../algorithm.ts';
import type { Algorithm, AlgorithmFamily } from '../algorithm.ts';

/** The values of `spec.type` of a CryptoKey. */
export type CryptoKeyType =
  'SecretKey' | 'KeyPair' | 'PrivateKey' | 'PublicKey' | 'OpenPGP' | 'TransactionRSAKey' | 'FileContentPGPKey';

/** The values of `spec.outputs[].formats[]`. */
export type Format = 'PEM' | 'PKCS1' | 'DER' | 'JWK' | 'JWKS' | 'PKCS12' | 'Raw' | 'Base64' | 'OpenPGP' | 'SSH';

/** What decides which formats a CryptoKey has. */
export interface Kind {
  readonly type: CryptoKeyType;
  readonly algorithm: Algorithm;
  /** Has `spec.passphrase`. The two presets are always protected, a public key never is. */
  readonly isProtected: boolean;
}

export interface CryptoKeyTypeFacts {
  readonly algorithms: readonly Algorithm[];
  /** Only the public half is there. */
  readonly isPublic: boolean;
  /** Protected by a passphrase, whether the author asks for it or not. */
  readonly isAlwaysProtected: boolean;
}

export interface FormatFacts {
  readonly algorithms: readonly Algorithm[];
  /** Under which a private or secret key is delivered. Absent: the format never carries one. */
  readonly secretDataKey?: string;
  /** Under which the public half is delivered. Where both names are one, a private key takes it. */
  readonly publicDataKey?: string;
  /**
   * What a passphrase does to the private or secret half. Impossible: the combination is refused, because delivering it
   * unprotected beside a protected one would make the passphrase worthless.
   */
  readonly passphrase: 'Optional' | 'Required' | 'Impossible';
}

const symmetric = ofFamilies('AES', 'HMAC', 'DES');
const asymmetric = ofFamilies('RSA', 'EC', 'EdDSA', 'XDH');
const openpgp = ofFamilies('OpenPGP');

export const CRYPTO_KEY_TYPES: Readonly<Record<CryptoKeyType, CryptoKeyTypeFacts>> = {
  SecretKey: { algorithms: symmetric, isPublic: false, isAlwaysProtected: false },
  KeyPair: { algorithms: asymmetric, isPublic: false, isAlwaysProtected: false },
  PrivateKey: { algorithms: asymmetric, isPublic: false, isAlwaysProtected: false },
  PublicKey: { algorithms: [...asymmetric, ...openpgp], isPublic: true, isAlwaysProtected: false },
  OpenPGP: { algorithms: openpgp, isPublic: false, isAlwaysProtected: false },
  TransactionRSAKey: { algorithms: ['RSA-3072', 'RSA-4096'], isPublic: false, isAlwaysProtected: true },
  FileContentPGPKey: { algorithms: openpgp, isPublic: false, isAlwaysProtected: true },
};

export const FORMATS: Readonly<Record<Format, FormatFacts>> = {
  PEM: {
    algorithms: asymmetric,
    secretDataKey: 'private.pem',
    publicDataKey: 'public.pem',
    passphrase: 'Optional',
  },
  // Its only protection (RFC 1421 headers) derives the key by one round of MD5.
  PKCS1: {
    algorithms: ofFamilies('RSA'),
    secretDataKey: 'private-pkcs1.pem',
    publicDataKey: 'public-pkcs1.pem',
    passphrase: 'Impossible',
  },
  DER: {
    algorithms: asymmetric,
    secretDataKey: 'private.der',
    publicDataKey: 'public.der',
    passphrase: 'Optional',
  },
  // RFC 7518 knows no DES. A JWE around the key (RFC 7517, 7) is what hardly any consumer of a JWK opens.
  JWK: {
    algorithms: [...ofFamilies('AES', 'HMAC'), ...asymmetric],
    secretDataKey: 'jwk.json',
    publicDataKey: 'jwk.json',
    passphrase: 'Impossible',
  },
  // Made to be published, so it has public members only.
  JWKS: { algorithms: asymmetric, publicDataKey: 'jwks.json', passphrase: 'Optional' },
  // Java reads a private key only beside a certificate: X25519 and X448 cannot sign one, public keys have no place.
  // Java names a single DES key "DES/CBC", for which its own DES cipher has no use. No reader opens it without a password.
  PKCS12: {
    algorithms: [...ofFamilies('AES', 'HMAC', 'RSA', 'EC', 'EdDSA'), 'DESede'],
    secretDataKey: 'keystore.p12',
    passphrase: 'Required',
  },
  Raw: { algorithms: symmetric, secretDataKey: 'key.bin', passphrase: 'Impossible' },
  Base64: { algorithms: symmetric, secretDataKey: 'key.b64', passphrase: 'Impossible' },
  OpenPGP: {
    algorithms: openpgp,
    secretDataKey: 'private.asc',
    publicDataKey: 'public.asc',
    passphrase: 'Optional',
  },
  // OpenSSH has no Ed448 and no X25519 or X448 keys. Its protection is a bcrypt of its own.
  SSH: {
    algorithms: [...ofFamilies('RSA', 'EC'), 'Ed25519'],
    secretDataKey: 'ssh-privatekey',
    publicDataKey: 'ssh-publickey',
    passphrase: 'Impossible',
  },
};

/** Raw bytes for those who mount a file, Base64 for those who take an environment variable. */
const preferences: readonly (readonly Format[])[] = [['PEM'], ['OpenPGP'], ['Raw', 'Base64'], ['PKCS12']];

/** Does a key of this kind exist in this format? */
export function isFormatOf(kind: Kind, format: Format): boolean {
  const { isPublic, algorithms } = CRYPTO_KEY_TYPES[kind.type];
  if (!algorithms.includes(kind.algorithm)) return false;
  return formatRefusal({ algorithm: kind.algorithm, isPublic, isProtected: isProtected(kind) }, format) === undefined;
}

/** Every format that a key of this kind exists in; none for a protected DES key alone. */
export function formatsOfKind(kind: Kind): readonly Format[] {
  return (Object.keys(FORMATS) as Format[]).filter((format) => isFormatOf(kind, format));
}

/** Why a key does not exist in a format; undefined when it does. What is asked for is refused then, never left out in silence. */
export function formatRefusal(
  key: { readonly algorithm: Algorithm; readonly isPublic: boolean; readonly isProtected: boolean },
  format: Format,
): 'NotOfKind' | 'PassphraseNeeded' | 'NotProtectable' | undefined {
  const { algorithms, secretDataKey, publicDataKey, passphrase } = FORMATS[format];
  if (!algorithms.includes(key.algorithm)) return 'NotOfKind';
  if (key.isPublic) return publicDataKey === undefined ? 'NotOfKind' : undefined;
  if (secretDataKey === undefined) return undefined;
  if (key.isProtected) return passphrase === 'Impossible' ? 'NotProtectable' : undefined;
  return passphrase === 'Required' ? 'PassphraseNeeded' : undefined;
}

/** What an output without `formats` delivers: the first that the key exists in. Empty for a protected DES key alone. */
export function defaultFormats(kind: Kind): readonly Format[] {
  return preferences.find((formats) => formats.every((format) => isFormatOf(kind, format))) ?? [];
}

function isProtected({ type, isProtected }: Kind): boolean {
  return isProtected || CRYPTO_KEY_TYPES[type].isAlwaysProtected;
}

function ofFamilies(...families: readonly AlgorithmFamily[]): readonly Algorithm[] {
  return (Object.keys(ALGORITHMS) as Algorithm[]).filter((name) => families.includes(ALGORITHMS[name].family));
}
