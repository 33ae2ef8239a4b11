import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase62, encodeBytesBase62 } from '../../../src/keys/base62.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function decode(text: string): bigint {
  return [...text].reduce((value, digit) => value * 62n + BigInt(ALPHABET.indexOf(digit)), 0n);
}

describe('encodeBase62', () => {
  it.each([
    [0n, 6, '000000'],
    [61n, 1, 'z'],
    [62n, 2, '10'],
    [0xffff_ffffn, 6, '4gfFC3'],
    [62n ** 6n - 1n, 6, 'zzzzzz'],
  ])('writes %i in %i digits', (value, width, text) => {
    expect(encodeBase62(value, width)).toBe(text);
  });

  it('refuses a value that needs more digits', () => {
    expect(() => encodeBase62(62n ** 6n, 6)).toThrow(RangeError);
  });

  it('refuses a negative value', () => {
    expect(() => encodeBase62(-1n, 6)).toThrow(RangeError);
  });

  it('keeps the order of numbers in the order of texts', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 62n ** 6n - 1n), fc.bigInt(0n, 62n ** 6n - 1n), (left, right) => {
        expect(encodeBase62(left, 6) < encodeBase62(right, 6)).toBe(left < right);
      }),
    );
  });
});

describe('encodeBytesBase62', () => {
  it('writes any 32 bytes in 43 digits without loss', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const text = encodeBytesBase62(bytes, 43);
        expect(text).toMatch(/^[0-9A-Za-z]{43}$/);
        expect(decode(text).toString(16).padStart(64, '0')).toBe(Buffer.from(bytes).toString('hex'));
      }),
    );
  });

  it('keeps the bytes out of the error', () => {
    const bytes = new Uint8Array(8).fill(0xab);
    expect(() => encodeBytesBase62(bytes, 2)).toThrow(/^Cannot encode in base62: the value does not fit 2 digits$/);
  });
});
