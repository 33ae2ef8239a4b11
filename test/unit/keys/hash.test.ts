import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, digestOfHash, hashesEqual, hashOfDigest, hashToken } from '../../../src/keys/hash.ts';

describe('hashToken', () => {
  it('is the prefixed hex SHA-256 of the whole text', () => {
    // FIPS 180-2, appendix B.1
    expect(hashToken('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('hashes bytes as they are, text or not', () => {
    expect(hashToken(Buffer.from('abc'))).toBe(hashToken('abc'));
    expect(hashToken(Uint8Array.of(0xff))).not.toBe(hashToken(Buffer.from([0xff]).toString()));
  });
});

describe('hashOfDigest', () => {
  it('writes a digest as hashToken does, and digestOfHash reads it back', () => {
    const digest = digestOf('abc');
    expect(hashOfDigest(digest)).toBe(hashToken('abc'));
    expect(digestOfHash(hashToken('abc'))).toBe(digest);
  });
});

describe('hashesEqual', () => {
  it('answers like === for texts of ASCII that are not empty, whatever their lengths', () => {
    const texts = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(texts, texts, (left, right) => {
        expect(hashesEqual(left, right)).toBe(left === right);
        expect(hashesEqual(left, left)).toBe(true);
      }),
    );
  });

  it('tells hashes apart that differ in the last digit', () => {
    const hash = hashToken('abc');
    expect(hashesEqual(hash, `${hash.slice(0, -1)}e`)).toBe(false);
  });

  it('takes two absent hashes for different', () => {
    expect(hashesEqual('', '')).toBe(false);
  });
});
