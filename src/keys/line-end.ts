const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];

/**
 * A token or a passphrase as it is meant: without the one line end that editors and `echo` put behind it, as openssl
 * and gpg read passphrase files. A view of the same bytes.
 */
export function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== LINE_FEED) return bytes;
  return bytes.subarray(0, bytes.at(-2) === CARRIAGE_RETURN ? -2 : -1);
}
