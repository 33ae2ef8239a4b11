const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;

/**
 * Writes a number in base62 with the alphabet `0-9A-Za-z`, most significant digit first, left-padded with `0`.
 *
 * 6 digits hold any 32-bit value, 43 any 256-bit value.
 *
 * @throws {RangeError} if `value` is negative or needs more than `width` digits. The value stays out of the message.
 */
export function encodeBase62(value: bigint, width: number): string {
  let digits = '';
  for (let rest = value; rest > 0n; rest /= BASE) digits = ALPHABET.charAt(Number(rest % BASE)) + digits;
  if (value < 0n || digits.length > width) {
    throw new RangeError(`Cannot encode in base62: the value does not fit ${width} digits`);
  }
  return digits.padStart(width, '0');
}

/** The same for bytes read as one unsigned big-endian number. */
export function encodeBytesBase62(bytes: Uint8Array, width: number): string {
  return encodeBase62(BigInt(`0x0${Buffer.from(bytes).toString('hex')}`), width);
}
