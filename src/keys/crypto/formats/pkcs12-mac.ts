import { createHmac, hash } from 'node:crypto';

const SHA256_BLOCK_BYTES = 64;
const ID_MAC_KEY = 3;

/**
 * HMAC-SHA-256 of the content of a PKCS#12 store under its password (RFC 7292, 4 and appendix B.2). A key of the length of
 * the hash takes one round of B.2, so the feedback between rounds is not there.
 */
export function pkcs12Mac(
  content: Uint8Array,
  passphrase: Uint8Array,
  { salt, iterations }: { readonly salt: Uint8Array; readonly iterations: number },
): Uint8Array {
  const password = bmpString(passphrase);
  const input = Buffer.concat([
    Buffer.alloc(SHA256_BLOCK_BYTES, ID_MAC_KEY),
    repeatedToBlocks(salt),
    repeatedToBlocks(password),
  ]);
  let key: Buffer = input;
  for (let round = 0; round < iterations; round += 1) key = hash('sha256', key, 'buffer');
  try {
    return createHmac('sha256', key).update(content).digest();
  } finally {
    for (const secret of [password, input, key]) secret.fill(0);
  }
}

/** ASCII as UTF-16BE with an ending zero (appendix B.1). */
function bmpString(ascii: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 * ascii.length + 2);
  for (const [index, byte] of ascii.entries()) bytes[2 * index + 1] = byte;
  return bytes;
}

function repeatedToBlocks(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil(bytes.length / SHA256_BLOCK_BYTES) * SHA256_BLOCK_BYTES;
  return Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length] ?? 0);
}
