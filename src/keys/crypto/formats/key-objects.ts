import { createPrivateKey } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { KeyMaterialError } from '../key-material-error.ts';
import type { KeyMaterial } from '../material.ts';

/** @throws {KeyMaterialError} Unreadable unless the material is a private key in PKCS#8. */
export function privateKeyOf({ form, bytes }: KeyMaterial): KeyObject {
  if (form !== 'Pkcs8') throw new KeyMaterialError('Unreadable');
  const key = Buffer.from(bytes);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch {
    throw new KeyMaterialError('Unreadable');
  } finally {
    key.fill(0);
  }
}

/** One number of a key, by its name in a JWK. @throws {KeyMaterialError} Unreadable if the key has no such number. */
export function numberOf(jwk: JsonWebKey, name: 'n' | 'e' | 'd' | 'p' | 'q' | 'qi' | 'x' | 'y'): Buffer {
  const value = jwk[name];
  if (value === undefined) throw new KeyMaterialError('Unreadable');
  return Buffer.from(value, 'base64url');
}
