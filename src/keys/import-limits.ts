/** Largest key that is imported: five times what a private RSA key of 4096 bits takes in PEM. */
export const MAX_KEY_BYTES: number = 16 * 1024;

/** A signed JWT with many claims is shorter, and most servers take no more than 8 KiB of headers altogether. */
export const MAX_TOKEN_BYTES = 2048;

/** As many as openssl reads of a passphrase (PEM_BUFSIZE). */
export const MAX_PASSPHRASE_BYTES = 1024;
