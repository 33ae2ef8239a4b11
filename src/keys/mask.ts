/** The printable form of a token that others made: nobody knows which part of it is secret, so none is shown. */
export const IMPORTED_MASK = '***';

/**
 * The printable form of a token, for example `pk_live_0f3k9m2xq71z_***`. It is made of the two public parts
 * only: the end of a token is secret and checksum, so no tail is ever shown.
 */
export function maskToken({ prefix, keyId }: { readonly prefix: string; readonly keyId: string }): string {
  return `${prefix}_${keyId}_***`;
}
