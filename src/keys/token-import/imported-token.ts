import { MAX_TOKEN_BYTES } from '../import-limits.ts';
import { estimatedBits } from './token-entropy.ts';

/** As many as a checksum or a key id of 128 bits takes in hex: fewer leave no margin for parts that are not random. */
const MIN_TOKEN_CHARACTERS = 32;

/** NIST SP 800-57 holds 112 bits out of reach of guessing until 2030. */
const MIN_TOKEN_BITS = 112;

/**
 * Why a token was not taken.
 * - MalformedKey: it is not one token that an HTTP header can carry.
 * - WeakSecret: it is short, or an estimate finds that it can be guessed.
 */
export interface TokenRefusal {
  readonly reason: 'MalformedKey' | 'WeakSecret';
  /** A text of ours: no byte of the token, nor how long or how strong it is. */
  readonly message: string;
}

/** Judges a token that others made. Pure; undefined when it is good enough. */
export function tokenRefusal(token: Uint8Array): TokenRefusal | undefined {
  if (!token.every((byte) => byte > 0x20 && byte < 0x7f)) {
    const message =
      'The token to import must be one line of printable ASCII without spaces; give the token alone, as a client sends it';
    return { reason: 'MalformedKey', message };
  }
  if (token.length > MAX_TOKEN_BYTES) {
    const message = `The token to import is longer than ${MAX_TOKEN_BYTES} characters; give the token alone`;
    return { reason: 'MalformedKey', message };
  }
  if (token.length < MIN_TOKEN_CHARACTERS) {
    const message = `The token to import has fewer than ${MIN_TOKEN_CHARACTERS} characters; replace it by a longer, random one, or remove import to have one minted`;
    return { reason: 'WeakSecret', message };
  }
  if (estimatedBits(Buffer.from(token).toString('latin1')) >= MIN_TOKEN_BITS) return undefined;
  const message = `The token to import can be guessed: an estimate finds fewer than ${MIN_TOKEN_BITS} random bits; replace it by a random one, or remove import to have one minted`;
  return { reason: 'WeakSecret', message };
}
