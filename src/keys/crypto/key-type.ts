import type { Algorithm } from './algorithm.ts';

export type SymmetricAlgorithm = Extract<Algorithm, `AES-${string}` | `HMAC-${string}` | 'DES' | 'DESede'>;
export type OpenPgpAlgorithm = Extract<Algorithm, `OpenPGP-${string}`>;
/** Kept as PKCS#8 or SPKI. */
export type AsymmetricAlgorithm = Exclude<Algorithm, SymmetricAlgorithm | OpenPgpAlgorithm>;

/** What node:crypto calls a key, in `asymmetricKeyType` and `namedCurve`. */
export type KeyType =
  | { readonly type: 'rsa' }
  | { readonly type: 'ec'; readonly namedCurve: string }
  | { readonly type: 'ed25519' | 'ed448' | 'x25519' | 'x448' };

export const KEY_TYPES: Readonly<Record<AsymmetricAlgorithm, KeyType>> = {
  'RSA-2048': { type: 'rsa' },
  'RSA-3072': { type: 'rsa' },
  'RSA-4096': { type: 'rsa' },
  'EC-P256': { type: 'ec', namedCurve: 'prime256v1' },
  'EC-P384': { type: 'ec', namedCurve: 'secp384r1' },
  'EC-P521': { type: 'ec', namedCurve: 'secp521r1' },
  Ed25519: { type: 'ed25519' },
  Ed448: { type: 'ed448' },
  X25519: { type: 'x25519' },
  X448: { type: 'x448' },
};

export function isAsymmetric(algorithm: Algorithm): algorithm is AsymmetricAlgorithm {
  return Object.hasOwn(KEY_TYPES, algorithm);
}

export function isOpenPgp(algorithm: Algorithm): algorithm is OpenPgpAlgorithm {
  return algorithm.startsWith('OpenPGP-');
}
