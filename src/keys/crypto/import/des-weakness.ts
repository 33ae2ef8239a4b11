const BLOCK_BYTES = 8;

/** NIST SP 800-67 section 3.3.2, without parity bits: encrypting twice gives the plaintext back. */
const WEAK = ['0101010101010101', 'fefefefefefefefe', 'e0e0e0e0f1f1f1f1', '1f1f1f1f0e0e0e0e'];
/** The same list: pairs of keys of which one undoes the other. */
const SEMI_WEAK = [
  '011f011f010e010e',
  '1f011f010e010e01',
  '01e001e001f101f1',
  'e001e001f101f101',
  '01fe01fe01fe01fe',
  'fe01fe01fe01fe01',
  '1fe01fe00ef10ef1',
  'e01fe01ff10ef10e',
  '1ffe1ffe0efe0efe',
  'fe1ffe1ffe0efe0e',
  'e0fee0fef1fef1fe',
  'fee0fee0fef1fef1',
];
const WEAK_KEYS = new Set(WEAK.map((key) => withoutParity(Buffer.from(key, 'hex'))));
const SEMI_WEAK_KEYS = new Set(SEMI_WEAK.map((key) => withoutParity(Buffer.from(key, 'hex'))));

/**
 * Why these bytes are no good key for DES (8 bytes) or 3DES (24 bytes: K1, K2, K3); undefined if they are.
 * Keys that differ only in parity bits are the same key.
 */
export function desWeakness(bytes: Uint8Array): string | undefined {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES)
    parts.push(withoutParity(bytes.subarray(at, at + BLOCK_BYTES)));
  if (parts.some((part) => WEAK_KEYS.has(part))) return 'it is one of the four weak DES keys';
  if (parts.some((part) => SEMI_WEAK_KEYS.has(part))) return 'it is one of the twelve semi-weak DES keys';
  if (parts.some((part, at) => at > 0 && part === parts[at - 1]))
    return 'two of its three keys are equal, so it is single DES';
  return hasOddParity(bytes)
    ? undefined
    : 'the parity of its bytes is wrong; check that it is a DES key and set odd parity';
}

/** FIPS 46-3: the lowest bit of each byte makes its number of ones odd. */
export function hasOddParity(bytes: Uint8Array): boolean {
  return bytes.every((byte) => {
    const folded = byte ^ (byte >> 4);
    const pairs = folded ^ (folded >> 2);
    return ((pairs ^ (pairs >> 1)) & 1) === 1;
  });
}

function withoutParity(key: Uint8Array): string {
  return Buffer.from(key.map((byte) => byte & 0xfe)).toString('hex');
}
