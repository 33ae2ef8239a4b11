import type { RandomBytes } from '../../clock.ts';
import { drawBytes } from '../random-bytes.ts';
import { ALGORITHMS } from './algorithm.ts';
import type { SymmetricAlgorithm } from './key-type.ts';
import type { KeyMaterial } from './material.ts';

/**
 * Draws the bytes of a key: as many as its algorithm names, for HMAC as many as the hash puts out (RFC 2104, 3).
 *
 * @throws {RangeError} if the random source fails to deliver.
 */
export function mintSymmetric(algorithm: SymmetricAlgorithm, randomBytes: RandomBytes): KeyMaterial {
  const drawn = drawBytes(randomBytes, ALGORITHMS[algorithm].bits / 8);
  // A copy, because Node's randomBytes may return a window into memory that other buffers share.
  const bytes = Uint8Array.from(drawn);
  drawn.fill(0);
  return { algorithm, form: 'Raw', bytes };
}
