import { crc32 } from 'node:zlib';
import { encodeBase62 } from './base62.ts';

/**
 * A token is `<prefix>_<keyId 12>_<secret 43><crc 6>`, for example `sk_live_0f3k9m2xq71z_…`. The secret is
 * 32 random bytes in base62; the checksum is the CRC-32 (IEEE) of everything before it, in base62.
 *
 * The checksum finds typing errors and garbage before any look-up and lets secret scanners discard
 * look-alikes. It proves nothing: only the hash does.
 */
export const SECRET_LENGTH = 43;
export const CHECKSUM_LENGTH = 6;

/** @param body Everything before the checksum. */
export function tokenChecksum(body: string): string {
  return encodeBase62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}
