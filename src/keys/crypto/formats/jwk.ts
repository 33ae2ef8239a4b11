import type { JsonWebKey } from 'node:crypto';
import type { Algorithm } from '../algorithm.ts';
import { jwkThumbprint } from '../jwk-thumbprint.ts';
import { publicKeyOf } from '../public-key.ts';
import { privateKeyOf } from './key-objects.ts';
import { utf8 } from './pem.ts';
import type { RenderRequest } from './render-request.ts';

/**
 * `use` and `alg` where the algorithm leaves no choice. An RSA, EC, XDH or AES key serves several of them, and a wrong
 * guess makes libraries refuse the key. EdDSA rather than RFC 9864's Ed25519, which few libraries know yet.
 */
const usage: { readonly [A in Algorithm]?: { readonly use: 'sig' | 'enc'; readonly alg?: string } } = {
  'HMAC-SHA256': { use: 'sig', alg: 'HS256' },
  'HMAC-SHA384': { use: 'sig', alg: 'HS384' },
  'HMAC-SHA512': { use: 'sig', alg: 'HS512' },
  Ed25519: { use: 'sig', alg: 'EdDSA' },
  Ed448: { use: 'sig', alg: 'EdDSA' },
  X25519: { use: 'enc' },
  X448: { use: 'enc' },
};

/**
 * A private or secret JWK (RFC 7517, 8037). A secret one has no `kid`: a thumbprint is a hash of the key, and a `kid`
 * goes into the headers of what is signed.
 */
export function secretJwk({ material }: RenderRequest): Uint8Array {
  const { algorithm, form, bytes } = material;
  if (form !== 'Raw') return json(withUsage(algorithm, privateKeyOf(material).export({ format: 'jwk' })));
  const k = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
  return json({ kty: 'oct', ...usage[algorithm], k });
}

/** The public half alone. */
export function publicJwk({ material }: RenderRequest): Uint8Array {
  return json(withUsage(material.algorithm, publicKeyOf(material).export({ format: 'jwk' })));
}

/** A set of one public JWK (RFC 7517, 5), to be published as it is. */
export function jwkSet({ material }: RenderRequest): Uint8Array {
  return json({ keys: [withUsage(material.algorithm, publicKeyOf(material).export({ format: 'jwk' }))] });
}

function withUsage(algorithm: Algorithm, jwk: JsonWebKey): object {
  return { kty: jwk.kty, kid: jwkThumbprint(jwk), ...usage[algorithm], ...jwk };
}

function json(value: object): Uint8Array {
  return utf8(JSON.stringify(value));
}
