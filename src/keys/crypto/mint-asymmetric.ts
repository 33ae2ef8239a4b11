import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ALGORITHMS } from './algorithm.ts';
import { KeyMaterialError } from './key-material-error.ts';
import { KEY_TYPES } from './key-type.ts';
import type { AsymmetricAlgorithm } from './key-type.ts';
import type { KeyMaterial } from './material.ts';

/** F4, the one exponent that FIPS 186-5 and every importer take without question. */
const PUBLIC_EXPONENT = 65_537;

/**
 * Makes a key pair with the random generator of OpenSSL, which takes no other. Blocks its thread: RSA for
 * seconds, curves for less than a millisecond.
 *
 * @throws {KeyMaterialError} MintFailed.
 */
export function mintAsymmetric(algorithm: AsymmetricAlgorithm): KeyMaterial {
  try {
    const der = generate(algorithm).export({ format: 'der', type: 'pkcs8' });
    const bytes = Uint8Array.from(der);
    der.fill(0);
    return { algorithm, form: 'Pkcs8', bytes };
  } catch {
    throw new KeyMaterialError('MintFailed');
  }
}

function generate(algorithm: AsymmetricAlgorithm): KeyObject {
  const keyType = KEY_TYPES[algorithm];
  switch (keyType.type) {
    case 'rsa': {
      const modulusLength = ALGORITHMS[algorithm].bits;
      return generateKeyPairSync('rsa', { modulusLength, publicExponent: PUBLIC_EXPONENT }).privateKey;
    }
    case 'ec':
      return generateKeyPairSync('ec', { namedCurve: keyType.namedCurve }).privateKey;
    // One call each: the types of Node have an overload for every one of these names, none for all.
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    case 'ed448':
      return generateKeyPairSync('ed448').privateKey;
    case 'x25519':
      return generateKeyPairSync('x25519').privateKey;
    case 'x448':
      return generateKeyPairSync('x448').privateKey;
  }
}
