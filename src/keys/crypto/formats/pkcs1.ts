import { publicKeyOf } from '../public-key.ts';
import { privateKeyOf } from './key-objects.ts';
import { encodePem } from './pem.ts';
import type { RenderRequest } from './render-request.ts';

/** `RSA PRIVATE KEY` (RFC 8017, A.1.2). */
export function pkcs1PrivateKey({ material }: RenderRequest): Uint8Array {
  const der = privateKeyOf(material).export({ format: 'der', type: 'pkcs1' });
  try {
    return encodePem('RSA PRIVATE KEY', der);
  } finally {
    der.fill(0);
  }
}

/** `RSA PUBLIC KEY` (RFC 8017, A.1.1). */
export function pkcs1PublicKey({ material }: RenderRequest): Uint8Array {
  return encodePem('RSA PUBLIC KEY', publicKeyOf(material).export({ format: 'der', type: 'pkcs1' }));
}
