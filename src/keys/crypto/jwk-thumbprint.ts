import { createHash } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';

/** The members that make a key, by `kty` (RFC 7638, 3.2; RFC 8037, 2), in the order of their names. */
const REQUIRED: Readonly<Record<string, readonly (keyof JsonWebKey)[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/**
 * JWK thumbprint of a public or private key: base64url of the SHA-256 (RFC 7638). It is the `kid` of our keys.
 *
 * @throws {RangeError} if `kty` is none of EC, OKP and RSA, or a member is missing.
 */
export function jwkThumbprint(jwk: JsonWebKey): string {
  const members = REQUIRED[jwk.kty ?? ''];
  if (members === undefined) throw new RangeError('Cannot make a JWK thumbprint: unknown key type');
  if (members.some((member) => typeof jwk[member] !== 'string')) {
    throw new RangeError('Cannot make a JWK thumbprint: a member is missing');
  }
  const json = JSON.stringify(Object.fromEntries(members.map((member) => [member, jwk[member]])));
  return createHash('sha256').update(json).digest('base64url');
}
