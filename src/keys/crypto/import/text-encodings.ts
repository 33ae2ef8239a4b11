const HEX = /^(?:[0-9A-Fa-f]{2})+$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The text without whitespace, or undefined if a byte is neither printable ASCII nor whitespace. */
export function compactText(bytes: Uint8Array): string | undefined {
  for (const byte of bytes) {
    if (byte > 0x7e || (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d))) return undefined;
  }
  return latin1(bytes).replaceAll(/\s/g, '');
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Whole bytes in hexadecimal digits of either case, nothing else. */
export function decodeHex(text: string): Uint8Array | undefined {
  return HEX.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** Strict base64 (RFC 4648 section 4): the standard alphabet, padded, no stray bits in the last character. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  bytes.fill(0);
  return undefined;
}
