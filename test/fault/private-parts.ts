import { createPrivateKey } from 'node:crypto';
import { readPrivateKey, type PrivateKey } from 'openpgp';
import type { MaterialForm } from '../../src/keys/crypto/material.ts';

/** Members of a JWK that only the owner of a key may know: RFC 7518, 6.2.2 and 6.3.2, and RFC 8037. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const;

/**
 * The numbers of a key that are secret, as bytes. What stands around them in its files (names of algorithms, a modulus,
 * a curve's point) is public, and looked for it would be found.
 */
export async function privateParts(form: MaterialForm, bytes: Uint8Array): Promise<readonly Uint8Array[]> {
  switch (form) {
    case 'Raw':
      return [Uint8Array.from(bytes)];
    case 'Pkcs8':
      return jwkParts(bytes);
    case 'OpenPgpPrivate':
      return openPgpParts(await readPrivateKey({ binaryKey: Uint8Array.from(bytes) }));
    case 'Spki':
    case 'OpenPgpPublic':
      return [];
  }
}

export function openPgpParts(key: PrivateKey): readonly Uint8Array[] {
  return key.getKeys().flatMap(({ keyPacket }) => {
    const params = 'privateParams' in keyPacket ? keyPacket.privateParams : undefined;
    return Object.values((params ?? {}) as Record<string, unknown>).filter((value) => value instanceof Uint8Array);
  });
}

function jwkParts(der: Uint8Array): readonly Uint8Array[] {
  const jwk = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  return PRIVATE_MEMBERS.flatMap((name) => {
    const value = jwk[name];
    return typeof value === 'string' ? [Buffer.from(value, 'base64url')] : [];
  });
}
