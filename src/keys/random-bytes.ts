import type { RandomBytes } from '../clock.ts';

/**
 * Draws exactly `length` bytes.
 *
 * @throws {RangeError} if the source returns another number of bytes: a short draw would mint a weak key
 * that looks like a strong one.
 */
export function drawBytes(randomBytes: RandomBytes, length: number): Uint8Array {
  const bytes = randomBytes(length);
  if (bytes.length !== length) {
    throw new RangeError(`Cannot use the random source: asked for ${length} bytes, got ${bytes.length}`);
  }
  return bytes;
}
