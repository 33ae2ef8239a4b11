import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { KeyMaterial } from '../material.ts';
import { FormatError } from './format-error.ts';

/** @throws {FormatError} MaterialUnreadable unless the material is a private key in PKCS#8. */
export function privateKeyOf({ form, bytes }: KeyMaterial): KeyObject {
  if (form !== 'Pkcs8') throw new FormatError('MaterialUnreadable');
  return read(() => createPrivateKey({ key: nodeBuffer(bytes), format: 'der', type: 'pkcs8' }));
}

/** @throws {FormatError} MaterialUnreadable unless the material is a public key in SPKI. */
export function publicKeyOf({ form, bytes }: KeyMaterial): KeyObject {
  if (form !== 'Spki') throw new FormatError('MaterialUnreadable');
  return read(() => createPublicKey({ key: nodeBuffer(bytes), format: 'der', type: 'spki' }));
}

/** SPKI of a private key. */
export function spkiOf(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
}

/**
 * The numbers of a key, by their names in a JWK, base64url.
 * @throws {FormatError} MaterialUnreadable if the key is of a kind that has none, such as RSA restricted to PSS.
 */
export function jwkOf(key: KeyObject): JsonWebKey {
  return read(() => key.export({ format: 'jwk' }));
}

/** @throws {FormatError} MaterialUnreadable if the key has no such number. */
export function numberOf(jwk: JsonWebKey, name: 'n' | 'e' | 'd' | 'p' | 'q' | 'qi' | 'x' | 'y'): Buffer {
  const value = jwk[name];
  if (value === undefined) throw new FormatError('MaterialUnreadable');
  return Buffer.from(value, 'base64url');
}

function read<T>(reading: () => T): T {
  try {
    return reading();
  } catch {
    throw new FormatError('MaterialUnreadable');
  }
}

function nodeBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
