import { PrivateKey, PrivateKeyInfo } from '@peculiar/asn1-pkcs8';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import type { Algorithm } from '../algorithm.ts';
import type { KeyMaterial } from '../material.ts';
import { KeyMaterialError } from '../key-material-error.ts';

const ID_AES = '2.16.840.1.101.3.4.1';
const TWO_KEY_DESEDE_BYTES = 16;
const DES_KEY_BYTES = 8;

/** The identifiers by which Java names a SecretKey: AES, HmacSHA256, …, DESede. Measured with Java 17. */
const identifiers: { readonly [A in Algorithm]?: string } = {
  'AES-128': ID_AES,
  'AES-192': ID_AES,
  'AES-256': ID_AES,
  'HMAC-SHA256': '1.2.840.113549.2.9',
  'HMAC-SHA384': '1.2.840.113549.2.10',
  'HMAC-SHA512': '1.2.840.113549.2.11',
  // That of DES-EDE in OIW's list: with the one of des-ede3-cbc the cipher refuses the key for its name.
  DESede: '1.3.14.3.2.17',
};

/**
 * A secret key in the dress of PKCS#8, as Java shrouds one. The caller wipes it.
 * @throws {KeyMaterialError} Unreadable if Java has no name for such a key.
 */
export function secretKeyInfo({ algorithm, bytes }: KeyMaterial): Uint8Array {
  const identifier = identifiers[algorithm];
  if (identifier === undefined) throw new KeyMaterialError('Unreadable');
  const key = algorithm === 'DESede' ? threeKeys(bytes) : Uint8Array.from(bytes);
  try {
    const info = new PrivateKeyInfo({
      privateKeyAlgorithm: new AlgorithmIdentifier({ algorithm: identifier, parameters: null }),
      privateKey: new PrivateKey(key),
    });
    return new Uint8Array(AsnConvert.serialize(info));
  } finally {
    key.fill(0);
  }
}

/** Java's DESede takes 24 bytes only; keying option 2 of NIST SP 800-67 repeats the first key as the third. */
function threeKeys(bytes: Uint8Array): Uint8Array {
  const repeated = bytes.length === TWO_KEY_DESEDE_BYTES ? bytes.subarray(0, DES_KEY_BYTES) : new Uint8Array();
  return Uint8Array.from([...bytes, ...repeated]);
}
