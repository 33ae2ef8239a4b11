import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { KEY_TYPES, isAsymmetric } from './key-type.ts';
import type { AsymmetricAlgorithm } from './key-type.ts';
import { KeyMaterialError } from './key-material-error.ts';
import type { KeyMaterial } from './material.ts';

/**
 * The public half of PKCS#8 or SPKI material. Equal keys give equal SPKI, however they were written when they
 * were imported.
 *
 * @throws {KeyMaterialError} Unreadable, also for a key of another type or curve than the algorithm; the
 * modulus of an RSA key may have any size.
 */
export function publicKeyOf({ algorithm, form, bytes }: KeyMaterial): KeyObject {
  try {
    const key = read(form, bytes);
    if (isAsymmetric(algorithm) && isOfType(key, algorithm)) return canonical(key);
  } catch {
    // The text of a parser may quote what it read.
  }
  throw new KeyMaterialError('Unreadable');
}

function read(form: KeyMaterial['form'], bytes: Uint8Array): KeyObject {
  const key = Buffer.from(bytes);
  try {
    // Each form through its own reader: createPublicKey alone would take a private key for a public one.
    if (form === 'Spki') return createPublicKey({ key, format: 'der', type: 'spki' });
    if (form === 'Pkcs8') return createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
    throw new KeyMaterialError('Unreadable');
  } finally {
    key.fill(0);
  }
}

function isOfType(key: KeyObject, algorithm: AsymmetricAlgorithm): boolean {
  const wanted = KEY_TYPES[algorithm];
  if (key.asymmetricKeyType !== wanted.type) return false;
  return wanted.type !== 'ec' || key.asymmetricKeyDetails?.namedCurve === wanted.namedCurve;
}

/** OpenSSL keeps a compressed point compressed; a JWK has both coordinates. */
function canonical(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ec') return key;
  return createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' });
}
