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
