/** A string of RFC 4251, 5: its length in four bytes, then its bytes. */
export function sshString(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A multiple precision integer of RFC 4251, 5: without leading zeros, but one where the top bit would mean a sign. */
export function sshMpint(magnitude: Uint8Array): Buffer {
  const start = magnitude.findIndex((byte) => byte !== 0);
  if (start === -1) return sshString('');
  const digits = magnitude.subarray(start);
  return sshString((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

/** Filled up with 1, 2, 3, … to a multiple of the block length (PROTOCOL.key of OpenSSH). */
export function padded(bytes: Uint8Array, blockBytes: number): Buffer {
  const missing = (blockBytes - (bytes.length % blockBytes)) % blockBytes;
  return Buffer.concat([bytes, Uint8Array.from({ length: missing }, (_, index) => index + 1)]);
}
