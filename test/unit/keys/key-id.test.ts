import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawKeyId, isKeyId } from '../../../src/keys/key-id.ts';
import { byteStream } from './byte-stream.ts';

describe('drawKeyId', () => {
  it('gives every symbol of the alphabet to exactly 8 of the 256 byte values', () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte += 1) {
      const symbol = drawKeyId(byteStream(new Uint8Array(12).fill(byte))).charAt(0);
      counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted().join('')).toBe('0123456789abcdefghjkmnpqrstvwxyz');
    expect(new Set(counts.values())).toEqual(new Set([8]));
  });

  it('uses each of its 12 bytes for the character at its place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.nat(11), (bytes, at) => {
        const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte));
        const [before, after] = [drawKeyId(byteStream(bytes)), drawKeyId(byteStream(changed))];
        expect([...before].map((symbol, index) => symbol !== after[index])).toEqual(
          Array.from({ length: 12 }, (_, index) => index === at),
        );
      }),
    );
  });

  it('makes ids that isKeyId and a DNS label accept', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), (bytes) => {
        const keyId = drawKeyId(byteStream(bytes));
        expect(isKeyId(keyId)).toBe(true);
        expect(keyId).toMatch(/^[a-z0-9]{12}$/);
      }),
    );
  });
});

describe('isKeyId', () => {
  it.each(['', '0f3k9m2xq71', '0f3k9m2xq71zz', '0F3K9M2XQ71Z', '0f3k9m2xq71i', '0f3k9m2xq71z\n', '0f3k9m2xq7-z'])(
    'refuses %j',
    (text) => {
      expect(isKeyId(text)).toBe(false);
    },
  );
});
