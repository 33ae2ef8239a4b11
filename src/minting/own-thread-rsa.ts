import { generateKeyPairSync } from 'node:crypto';
import type { webcrypto } from 'node:crypto';

/** F4, which every caller here asks for. */
const PUBLIC_EXPONENT = 65_537;

/**
 * Lets WebCrypto make RSA keys in the thread that asks, which has nothing else to do. Of itself it takes a thread of
 * libuv for each, of which the whole process has four: a few OpenPGP keys would keep every file and name waiting.
 */
export function makeRsaInOwnThread(subtle: webcrypto.SubtleCrypto): void {
  const generateKey = subtle.generateKey.bind(subtle);
  const generate = async (
    algorithm: webcrypto.RsaHashedKeyGenParams,
    extractable: boolean,
    usages: readonly webcrypto.KeyUsage[],
  ): Promise<webcrypto.CryptoKeyPair | webcrypto.CryptoKey> => {
    if (algorithm.name !== 'RSASSA-PKCS1-v1_5') return await generateKey(algorithm, extractable, usages);
    const { modulusLength } = algorithm;
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent: PUBLIC_EXPONENT });
    return {
      publicKey: publicKey.toCryptoKey(algorithm, extractable, ['verify']),
      privateKey: privateKey.toCryptoKey(algorithm, extractable, ['sign']),
    };
  };
  Object.defineProperty(subtle, 'generateKey', { value: generate });
}
