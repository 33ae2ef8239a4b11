/** What can be encoded. Integers are 0 … 2^53 - 1; undefined says "absent" and differs from everything empty. */
export type Part = string | Uint8Array | number | undefined;

const utf8 = new TextEncoder();

/**
 * Encodes a label and a list of values so that no two different inputs give the same bytes: each value is
 * a type byte, its length as uint32 and its bytes; integers are uint64, strings UTF-8. All numbers are
 * big-endian. The label comes first, as a string, and separates the uses of one key from each other.
 *
 * @throws {RangeError} if a part is not encodable, see `isEncodable`. The text does not quote the part.
 */
export function lengthPrefixed(label: string, parts: readonly Part[]): Uint8Array {
  const chunks = [label, ...parts].map(encodePart);
  const encoded = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    encoded.set(chunk, offset);
    offset += chunk.length;
  }
  return encoded;
}

/** False for integers out of range and for strings with a lone surrogate, which UTF-8 cannot tell apart. */
export function isEncodable(part: Part): boolean {
  if (typeof part === 'number') return Number.isSafeInteger(part) && part >= 0;
  return typeof part !== 'string' || part.isWellFormed();
}

/** Big-endian uint64. @throws {RangeError} if `value` is not an integer in 0 … 2^53 - 1. */
export function uint64(value: number): Uint8Array {
  if (!isEncodable(value)) throw new RangeError('Cannot encode an integer outside 0 to 2^53 - 1');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function encodePart(part: Part): Uint8Array {
  if (part === undefined) return tagged('n', new Uint8Array(0));
  if (typeof part === 'number') return tagged('i', uint64(part));
  if (typeof part !== 'string') return tagged('b', part);
  if (!isEncodable(part)) throw new RangeError('Cannot encode a string with a lone surrogate');
  return tagged('s', utf8.encode(part));
}

function tagged(type: 'n' | 'i' | 's' | 'b', bytes: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(5 + bytes.length);
  chunk[0] = type.charCodeAt(0);
  new DataView(chunk.buffer).setUint32(1, bytes.length);
  chunk.set(bytes, 5);
  return chunk;
}
