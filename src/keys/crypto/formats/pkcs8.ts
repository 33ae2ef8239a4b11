import { encodePem } from './pem.ts';
import type { RenderRequest } from './render-request.ts';

/** `PRIVATE KEY`, or `ENCRYPTED PRIVATE KEY` where a passphrase is given (RFC 7468, 10 and 11). */
export async function pemPrivateKey(request: RenderRequest): Promise<Uint8Array> {
  const der = await derPrivateKey(request);
  try {
    return encodePem(request.passphrase === undefined ? 'PRIVATE KEY' : 'ENCRYPTED PRIVATE KEY', der);
  } finally {
    der.fill(0);
  }
}

/** `PUBLIC KEY` (RFC 7468, 13). */
export function pemPublicKey(request: RenderRequest): Uint8Array {
  return encodePem('PUBLIC KEY', derPublicKey(request));
}

/** PrivateKeyInfo as it is sealed, or EncryptedPrivateKeyInfo where a passphrase is given (RFC 5958). */
export async function derPrivateKey({ material, passphrase, salt }: RenderRequest): Promise<Uint8Array> {
  if (passphrase === undefined) return Uint8Array.from(material.bytes);
  // Reading and writing ASN.1 takes a third of a second and 19 MB to load: only for those who need it.
  const { encryptPkcs8 } = await import('./encrypted-pkcs8.ts');
  return encryptPkcs8(material.bytes, passphrase, { use: 'pkcs8', salt });
}

/** SubjectPublicKeyInfo (RFC 5280, 4.1). */
export function derPublicKey({ material }: RenderRequest): Uint8Array {
  return Uint8Array.from(material.bytes);
}
