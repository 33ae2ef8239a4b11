import { createCipheriv, createHmac } from 'node:crypto';
import { ALGORITHMS } from './algorithm.ts';
import type { SymmetricAlgorithm } from './key-type.ts';
import { KeyMaterialError } from './key-material-error.ts';
import { aesCmac } from './aes-cmac.ts';

const KCV_BYTES = 3;
const DES_BLOCK_BYTES = 8;

/**
 * Key check value: 6 upper-case hex digits by which two holders see that they have the same key. It shows 24
 * bits, enough to find a key that was guessable: weak material must be refused before.
 *
 * - AES: CMAC of a block of zeros (ANSI X9.24-1).
 * - DES, DESede: encryption of a block of zeros (ANSI X9.24-1).
 * - HMAC, whatever its hash: HMAC-SHA-256 of the text "kcv".
 *
 * @throws {KeyMaterialError} Unreadable if the algorithm has no keys of this length.
 */
export function keyCheckValue(algorithm: SymmetricAlgorithm, key: Uint8Array): string {
  try {
    return Buffer.from(checkedBytes(algorithm, key).subarray(0, KCV_BYTES)).toString('hex').toUpperCase();
  } catch {
    throw new KeyMaterialError('Unreadable');
  }
}

function checkedBytes(algorithm: SymmetricAlgorithm, key: Uint8Array): Uint8Array {
  const { family, bits } = ALGORITHMS[algorithm];
  if (family === 'HMAC') return createHmac('sha256', key).update('kcv').digest();
  if (family === 'DES') return desOfZeros(algorithm, key);
  if (key.length * 8 !== bits) throw new RangeError('The key has another length than its algorithm');
  return aesCmac(key, new Uint8Array(16));
}

/**
 * OpenSSL 3 has no single DES outside of its legacy provider. Triple DES with three equal keys is the same:
 * encrypting and decrypting in its middle cancel out.
 */
function desOfZeros(algorithm: SymmetricAlgorithm, key: Uint8Array): Uint8Array {
  const lengths = algorithm === 'DES' ? [8] : [16, 24];
  if (!lengths.includes(key.length)) throw new RangeError('The key has another length than its algorithm');
  const triple = Uint8Array.from({ length: 24 }, (_, at) => key[at % key.length] ?? 0);
  try {
    const cipher = createCipheriv('des-ede3-ecb', triple, null).setAutoPadding(false);
    return cipher.update(new Uint8Array(DES_BLOCK_BYTES));
  } finally {
    triple.fill(0);
  }
}
