import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { ecdsaWithSHA256, ecdsaWithSHA384, ecdsaWithSHA512 } from '@peculiar/asn1-ecc';
import { id_sha256WithRSAEncryption } from '@peculiar/asn1-rsa';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { KeyMaterialError } from '../key-material-error.ts';
import { numberOf } from './key-objects.ts';

/** How a key signs a certificate, always with the same bytes for the same text. */
export interface CertificateSigner {
  readonly algorithm: AlgorithmIdentifier;
  sign(text: Uint8Array): Uint8Array;
}

// The library's own constant of this name is SHA-512/256. RFC 4055, 5: the parameters are NULL.
const rsaWithSha256 = new AlgorithmIdentifier({ algorithm: id_sha256WithRSAEncryption, parameters: null });

// OpenSSL draws a nonce for each ECDSA signature; these derive it from key and text (RFC 6979).
const ecdsa = {
  'P-256': { curve: p256, algorithm: ecdsaWithSHA256 },
  'P-384': { curve: p384, algorithm: ecdsaWithSHA384 },
  'P-521': { curve: p521, algorithm: ecdsaWithSHA512 },
} as const;

/** @throws {KeyMaterialError} Unreadable if the key is of a kind that cannot sign, or not deterministically. */
export function certificateSigner(key: KeyObject): CertificateSigner {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: rsaWithSha256, sign: (text) => sign('sha256', text, key) };
    // RFC 8410, 3: the parameters are absent.
    case 'ed25519':
      return {
        algorithm: new AlgorithmIdentifier({ algorithm: '1.3.101.112' }),
        sign: (text) => sign(null, text, key),
      };
    case 'ed448':
      return {
        algorithm: new AlgorithmIdentifier({ algorithm: '1.3.101.113' }),
        sign: (text) => sign(null, text, key),
      };
    case 'ec':
      return ecdsaSigner(key);
    default:
      throw new KeyMaterialError('Unreadable');
  }
}

function ecdsaSigner(key: KeyObject): CertificateSigner {
  const jwk = key.export({ format: 'jwk' });
  const entry = Object.entries(ecdsa).find(([name]) => name === jwk.crv)?.[1];
  if (entry === undefined) throw new KeyMaterialError('Unreadable');
  return {
    algorithm: entry.algorithm,
    sign: (text) => {
      const d = numberOf(jwk, 'd');
      try {
        return entry.curve.sign(text, d, { format: 'der', lowS: false });
      } finally {
        d.fill(0);
      }
    },
  };
}
