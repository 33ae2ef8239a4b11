import type { RenderRequest } from './render-request.ts';
import { utf8 } from './pem.ts';

/** The bytes of a secret key. */
export function rawKey({ material }: RenderRequest): Uint8Array {
  return Uint8Array.from(material.bytes);
}

/** Base64 with padding (RFC 4648, 4) on one line without an end, so that it may be an environment variable. */
export function base64Key({ material: { bytes } }: RenderRequest): Uint8Array {
  return utf8(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'));
}
