import { createCipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { EncryptedData, EncryptedPrivateKeyInfo } from '@peculiar/asn1-pkcs8';
import { AsnConvert } from '@peculiar/asn1-schema';
import { pbes2 } from './pbes2.ts';
import type { RenderRequest } from './render-request.ts';

const SALT_BYTES = 16;
const IV_BYTES = 16;
const KEY_BYTES = 32;
/**
 * What keytool of Java 17 writes. OWASP's 600000 make up for what people choose as a password; our passphrases are drawn,
 * with more entropy than any number of iterations adds, and every consumer pays at each start.
 */
const ITERATIONS = 10_000;

/** EncryptedPrivateKeyInfo (RFC 5958, 3) around PKCS#8 that openssl and Java read. `use` tells the salts of two of them apart. */
export async function encryptPkcs8(
  pkcs8: Uint8Array,
  passphrase: Uint8Array,
  { use, salt: saltOf }: { readonly use: string; readonly salt: RenderRequest['salt'] },
): Promise<Uint8Array> {
  const salt = saltOf(`${use}/pbkdf2`, SALT_BYTES);
  const iv = saltOf(`${use}/iv`, IV_BYTES);
  const key = await promisify(pbkdf2)(passphrase, salt, ITERATIONS, KEY_BYTES, 'sha256');
  try {
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    const encrypted = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
    const info = new EncryptedPrivateKeyInfo({
      encryptionAlgorithm: pbes2({ salt, iterations: ITERATIONS, iv }),
      encryptedData: new EncryptedData(encrypted),
    });
    return new Uint8Array(AsnConvert.serialize(info));
  } finally {
    key.fill(0);
  }
}
