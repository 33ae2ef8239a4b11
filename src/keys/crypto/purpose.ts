import { ALGORITHMS, type Algorithm, type AlgorithmFamily } from './algorithm.ts';

/** The values of `spec.purpose`: the one thing a CryptoKey is for (NIST SP 800-57, 5.2: one purpose per key). */
export type Purpose = 'Encrypt' | 'Sign' | 'Mac' | 'Wrap' | 'Transport';

/** The purposes of the families; a rule of the CRD says the same of declared algorithms. */
const PURPOSES: Readonly<Record<AlgorithmFamily, readonly Purpose[]>> = {
  AES: ['Encrypt', 'Mac', 'Wrap'],
  HMAC: ['Mac'],
  DES: ['Encrypt', 'Mac', 'Wrap'],
  RSA: ['Encrypt', 'Sign', 'Wrap', 'Transport'],
  EC: ['Sign', 'Transport'],
  EdDSA: ['Sign'],
  XDH: ['Transport'],
  OpenPGP: ['Encrypt', 'Sign'],
};

export function purposesOf(algorithm: Algorithm): readonly Purpose[] {
  return PURPOSES[ALGORITHMS[algorithm].family];
}
