import { generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey, KeyObject, KeyPairKeyObjectResult } from 'node:crypto';

export const rsa: KeyPairKeyObjectResult = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ec: KeyPairKeyObjectResult = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const otherEc: KeyPairKeyObjectResult = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const ed: KeyPairKeyObjectResult = generateKeyPairSync('ed25519');

export const pkcs8Pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
export const spkiPem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
export const pkcs8Der = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' });
export const spkiDer = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
export const jwk = (key: KeyObject, changed = {}): string =>
  JSON.stringify({ ...key.export({ format: 'jwk' }), ...changed });
export const locked = (type: 'pkcs8' | 'pkcs1', passphrase = 'open sesame'): string =>
  rsa.privateKey.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
/** The public point of the other EC key. */
export const otherX: JsonWebKey = otherEc.publicKey.export({ format: 'jwk' });

/** A raw public or private key of RFC 8410 under its prefix. */
export function okp(prefix: string, raw: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(prefix, 'hex'), raw]);
}

/** The private key of one pair and the point of another, in the one form that carries both. */
export function sec1WithForeignPoint(): Buffer {
  const [own, foreign] = [ec, otherEc].map(({ privateKey }) => privateKey.export({ type: 'sec1', format: 'der' }));
  if (own === undefined || foreign === undefined) throw new RangeError('No keys');
  return Buffer.concat([own.subarray(0, -64), foreign.subarray(-64)]);
}
