const KEY_ID_DIGITS = 16;
const V4_FINGERPRINT_DIGITS = 40;

/**
 * The key id in a fingerprint, as gpg shows it. RFC 9580, 5.5.4: the last digits of a version 4 fingerprint, the first
 * ones of later versions.
 */
export function openPgpKeyId(fingerprint: string): string {
  return fingerprint.length === V4_FINGERPRINT_DIGITS
    ? fingerprint.slice(-KEY_ID_DIGITS)
    : fingerprint.slice(0, KEY_ID_DIGITS);
}
