/** What can be encoded. Integers are 0 … 2^53 - 1; undefined says "absent" and differs from everything empty. */
export type Part = string | Uint8Array | number | undefined;

/** Type byte and length. */
const HEAD_BYTES = 5;
const INTEGER_BYTES = 8;

/**
 * Encodes a label and a list of values so that no two different inputs give the same bytes: each value is
 * a type byte, its length as uint32 and its bytes; integers are uint64, strings UTF-8. All numbers are
 * big-endian. The label comes first, as a string, and separates the uses of one key from each other.
 *
 * @throws {RangeError} if a part is not encodable, see `isEncodable`. The text does not quote the part.
 */
export function lengthPrefixed(label: string, parts: readonly Part[]): Uint8Array {
  let length = HEAD_BYTES + bytesOf(label);
  for (const part of parts) length += HEAD_BYTES + bytesOf(part);
  const encoded = Buffer.alloc(length);
  let offset = writePart(encoded, label, 0);
  for (const part of parts) offset = writePart(encoded, part, offset);
  return encoded;
}

/** False for integers out of range and for strings with a lone surrogate, which UTF-8 cannot tell apart. */
export function isEncodable(part: Part): boolean {
  if (typeof part === 'number') return Number.isSafeInteger(part) && part >= 0;
  return typeof part !== 'string' || part.isWellFormed();
}

/** Big-endian uint64. @throws {RangeError} if `value` is not an integer in 0 … 2^53 - 1. */
export function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(INTEGER_BYTES);
  writeInteger(bytes, value, 0);
  return bytes;
}

/** In two halves, which are exact up to 2^53 and cost less than a BigInt. */
function writeInteger(target: Buffer, value: number, offset: number): void {
  if (!isEncodable(value)) throw new RangeError('Cannot encode an integer outside 0 to 2^53 - 1');
  target.writeUInt32BE(value % 2 ** 32, target.writeUInt32BE(Math.floor(value / 2 ** 32), offset));
}

function bytesOf(part: Part): number {
  if (part === undefined) return 0;
  if (typeof part === 'number') return INTEGER_BYTES;
  return typeof part === 'string' ? Buffer.byteLength(part) : part.length;
}

/** Returns the offset behind the part. */
function writePart(target: Buffer, part: Part, offset: number): number {
  const start = target.writeUInt32BE(bytesOf(part), target.writeUInt8(tagOf(part).charCodeAt(0), offset));
  if (part === undefined) return start;
  if (typeof part === 'number') writeInteger(target, part, start);
  else if (typeof part !== 'string') target.set(part, start);
  else if (isEncodable(part)) target.write(part, start);
  else throw new RangeError('Cannot encode a string with a lone surrogate');
  return start + bytesOf(part);
}

function tagOf(part: Part): 'n' | 'i' | 's' | 'b' {
  if (part === undefined) return 'n';
  if (typeof part === 'number') return 'i';
  return typeof part === 'string' ? 's' : 'b';
}
