import type { RandomBytes } from '../clock.ts';
import { drawBytes } from './random-bytes.ts';

/** Crockford's base32 digits in lower case: no i, l, o or u, so an id read aloud or off paper stays unambiguous. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Characters in a key id: 12 of 32 symbols, 60 bits. */
export const KEY_ID_LENGTH = 12;

const KEY_ID = /^[0-9a-hjkmnp-tv-z]{12}$/;

/**
 * Draws a public id: unique enough to name a token everywhere, and fit for a label value, an object name
 * part or a Secret data key.
 *
 * One byte is drawn per character. 32 divides 256, so its low five bits are uniform and nothing is rejected.
 */
export function drawKeyId(randomBytes: RandomBytes): string {
  return Array.from(drawBytes(randomBytes, KEY_ID_LENGTH), (byte) => ALPHABET.charAt(byte & 31)).join('');
}

/** Whether the text has the shape of an id made by `drawKeyId`. */
export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}
