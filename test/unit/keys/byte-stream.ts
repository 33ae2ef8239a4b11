import type { RandomBytes } from '../../../src/clock.ts';

/** A random source that hands out the given bytes in order and fails when they run out. */
export function byteStream(bytes: Uint8Array): RandomBytes {
  let offset = 0;
  return (length) => {
    const drawn = bytes.subarray(offset, offset + length);
    offset += length;
    return drawn;
  };
}
