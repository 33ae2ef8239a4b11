import { ec, otherEc } from './asymmetric-fixtures.ts';

/** A raw public or private key of RFC 8410 under its prefix. */
export function okp(prefix: string, raw: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(prefix, 'hex'), raw]);
}

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

/** The private key of one pair and the point of another, in the one form that carries both. */
export function sec1WithForeignPoint(): Buffer {
  const [own, foreign] = [ec, otherEc].map(({ privateKey }) => privateKey.export({ type: 'sec1', format: 'der' }));
  if (own === undefined || foreign === undefined) throw new RangeError('No keys');
  return Buffer.concat([own.subarray(0, -64), foreign.subarray(-64)]);
}
