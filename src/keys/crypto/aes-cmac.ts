import { createCipheriv } from 'node:crypto';

const BLOCK_BYTES = 16;
/** x^128 + x^7 + x^2 + x + 1 without its first term. */
const REDUCTION = 0x87;

/**
 * AES-CMAC of a message, 16 bytes (RFC 4493 for 128 bits, NIST SP 800-38B for 192 and 256).
 *
 * @throws {RangeError} unless the key has 16, 24 or 32 bytes.
 */
export function aesCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  if (![16, 24, 32].includes(key.length)) throw new RangeError('An AES key must have 16, 24 or 32 bytes');
  const lastStart = Math.max(0, Math.ceil(message.length / BLOCK_BYTES) - 1) * BLOCK_BYTES;
  const isComplete = message.length - lastStart === BLOCK_BYTES;
  const chained = cbc(key, message.subarray(0, lastStart));
  const first = doubled(cbc(key, new Uint8Array(BLOCK_BYTES)));
  const subkey = isComplete ? first : doubled(first);
  const last = new Uint8Array(BLOCK_BYTES);
  last.set(message.subarray(lastStart));
  if (!isComplete) last[message.length - lastStart] = 0x80;
  const mac = cbc(key, xor(xor(last, subkey), chained));
  for (const bytes of [chained, first, subkey, last]) bytes.fill(0);
  return mac;
}

/** The last block of AES-CBC over whole blocks with an IV of zeros; zeros if there is none. */
function cbc(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, new Uint8Array(BLOCK_BYTES)).setAutoPadding(false);
  const ciphertext = cipher.update(blocks);
  const last = new Uint8Array(BLOCK_BYTES);
  last.set(ciphertext.subarray(-BLOCK_BYTES));
  return last;
}

/** Times x in GF(2^128): the subkeys of RFC 4493, 2.3. */
function doubled(block: Uint8Array): Uint8Array {
  const carry = (block[0] ?? 0) >> 7;
  return block.map((byte, at) => {
    const next = block[at + 1];
    return next === undefined ? (byte << 1) ^ (carry * REDUCTION) : (byte << 1) | (next >> 7);
  });
}

function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, at) => byte ^ (right[at] ?? 0));
}
