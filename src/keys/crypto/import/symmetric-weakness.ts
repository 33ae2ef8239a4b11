import { isUtf8 } from 'node:buffer';

// Shannon's estimate as a share of what so many bytes could reach. Random keys of 8 bytes fall below it 5 times in a
// million, of 16 bytes never in practice.
const MIN_ENTROPY_SHARE = 0.7;
/** This many equal bytes side by side: less than once in 2^39 for a key of 64 bytes. */
const LONGEST_RUN = 6;
/**
 * Up to here whole keys of printable characters come up by chance (one in 3000 for 8 bytes): only letters and digits
 * count. Beyond it UTF-8 does as well: by chance once in 290,000 for 16 bytes, less than once in 10^10 for 32.
 */
const SHORT_KEY_BYTES = 15;

const checks: readonly (readonly [(bytes: Uint8Array) => boolean, string])[] = [
  [(bytes) => bytes.every((byte) => byte === 0), 'all bytes are zero'],
  [(bytes) => bytes.every((byte) => byte === bytes[0]), 'one byte is repeated'],
  [isPeriodic, 'a pattern is repeated'],
  [isSequence, 'its bytes follow a pattern'],
  [hasLongRun, 'one byte is repeated'],
  [isText, 'it looks like text, not like random bytes'],
  [hasLowEntropy, 'its bytes are too alike'],
];

/**
 * Why the bytes cannot have come from a random source; undefined if they may have. Tells mistakes (a passphrase, an
 * example, padding), not a clever generator. At least 8 bytes are wanted for an answer that means something.
 */
export function symmetricWeakness(bytes: Uint8Array): string | undefined {
  return checks.find(([isWeak]) => isWeak(bytes))?.[1];
}

/** The same bytes at least twice, whatever is left over at the end. */
function isPeriodic(bytes: Uint8Array): boolean {
  for (let period = 2; period <= bytes.length / 2; period += 1) {
    if (bytes.every((byte, at) => at < period || byte === bytes[at - period])) return true;
  }
  return false;
}

/** Counting up, down or both, in any steps: few distances from byte to byte ("0123456789ABCDEFFEDC…"). */
function isSequence(bytes: Uint8Array): boolean {
  const distances = new Set<number>();
  for (let at = 1; at < bytes.length; at += 1) distances.add(((bytes[at] ?? 0) - (bytes[at - 1] ?? 0)) & 0xff);
  return distances.size <= Math.max(2, bytes.length / 4);
}

function hasLongRun(bytes: Uint8Array): boolean {
  let run = 1;
  for (let at = 1; at < bytes.length; at += 1) {
    run = bytes[at] === bytes[at - 1] ? run + 1 : 1;
    if (run >= LONGEST_RUN) return true;
  }
  return false;
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.length <= SHORT_KEY_BYTES) return bytes.every(isAlphanumeric);
  return isUtf8(bytes) && !bytes.some((byte, at) => isControl(byte, bytes[at + 1]));
}

/** In UTF-8: of one byte (but no line end), or of the two that U+0080 to U+009F take. */
function isControl(byte: number, next = 0): boolean {
  if (byte === 0xc2) return next <= 0x9f;
  return byte === 0x7f || (byte < 0x20 && byte !== 0x0a && byte !== 0x0d);
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);
}

function hasLowEntropy(bytes: Uint8Array): boolean {
  const counts = new Map<number, number>();
  for (const byte of bytes) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  let bitsPerByte = 0;
  for (const count of counts.values()) bitsPerByte -= (count / bytes.length) * Math.log2(count / bytes.length);
  return bitsPerByte < MIN_ENTROPY_SHARE * Math.log2(Math.min(bytes.length, 256));
}
