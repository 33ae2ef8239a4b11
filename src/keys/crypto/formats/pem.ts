const LINE_LENGTH = 64;

/** Textual encoding of DER (RFC 7468), or of what OpenSSH encodes alike. */
export function encodePem(label: string, bytes: Uint8Array, lineLength: number = LINE_LENGTH): Uint8Array {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${lineLength}}`, 'gu')) ?? [];
  return utf8([`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n'));
}

/** In an array of its own, which the caller may wipe without touching a shared pool. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
