/** One DER element of fewer than 256 bytes. */
export function der(tag: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));
  const length = content.length < 128 ? [content.length] : [0x81, content.length];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** The same with its length in four bytes, as BER allows and OpenSSL reads it. */
export function ber(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, 0x84, 0, 0, 0, content.length]), content]);
}

export function oid(hex: string): Buffer {
  return der(6, Buffer.from(hex, 'hex'));
}

/** Of a key derivation. */
export const salt: Uint8Array = der(4, Buffer.from('0001020304050607', 'hex'));
