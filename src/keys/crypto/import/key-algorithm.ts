import type { KeyObject } from 'node:crypto';
import type { Algorithm } from '../algorithm.ts';
import { KEY_TYPES, type AsymmetricAlgorithm } from '../key-type.ts';
import { ImportRefusal } from './import-outcome.ts';

const ALGORITHMS_OF_TYPES = Object.keys(KEY_TYPES) as AsymmetricAlgorithm[];

/**
 * The algorithm of a key that Node has read. An RSA key of an odd size goes under the largest size that it reaches:
 * 2056 bits are RSA-2048.
 *
 * @throws {ImportRefusal} TypeMismatch for kinds of keys that Node reads and we do not offer.
 */
export function algorithmOf(key: KeyObject): Algorithm {
  const { asymmetricKeyType: type = '', asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return rsaAlgorithm(details?.modulusLength ?? 0);
  const found = ALGORITHMS_OF_TYPES.find((name) => {
    const wanted = KEY_TYPES[name];
    return wanted.type === type && (wanted.type !== 'ec' || wanted.namedCurve === details?.namedCurve);
  });
  if (found !== undefined) return found;
  throw new ImportRefusal(
    'TypeMismatch',
    'Keys of this kind are not supported; use RSA, EC on P-256, P-384 or P-521, Ed25519, Ed448, X25519 or X448',
  );
}

function rsaAlgorithm(bits: number): Algorithm {
  if (bits >= 4096) return 'RSA-4096';
  return bits >= 3072 ? 'RSA-3072' : 'RSA-2048';
}
