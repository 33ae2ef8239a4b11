import { config } from 'openpgp';
import type { Config } from 'openpgp';

/** As RFC 9106 recommends where memory is short: 2^16 KiB and three passes. The library would allow 1 TiB. */
const MAX_ARGON2_MEMORY_EXPONENT = 16;
export const MAX_ARGON2_PASSES = 4;
/** What a key of at most 16 KiB may unpack to. The library has no limit. */
const MAX_DECOMPRESSED_BYTES = 64 * 1024;

/** How foreign OpenPGP data is read: with bounds on the memory it may ask for. */
export const CAREFUL_OPENPGP: Config = {
  ...config,
  maxDecompressedMessageSize: MAX_DECOMPRESSED_BYTES,
  maxArgon2MemoryExponent: MAX_ARGON2_MEMORY_EXPONENT,
};
