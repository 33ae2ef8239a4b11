import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decrypt, encrypt } from '../../../src/sealing/aes-gcm.ts';
import { SealingError } from '../../../src/sealing/sealing-error.ts';
import { keyBytes } from '../../support/sealing.ts';

const key = keyBytes(1);
const iv = new Uint8Array(12).fill(9);
const context = Uint8Array.of(4, 5, 6);
const plaintext = new TextEncoder().encode('canary-plaintext');
const encrypted = encrypt(key, iv, context, plaintext);

describe('encrypt', () => {
  test('agrees with Web Cryptography', async () => {
    const imported = await webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
    const algorithm = { name: 'AES-GCM', iv, additionalData: context, tagLength: 128 };
    const theirs = new Uint8Array(await webcrypto.subtle.encrypt(algorithm, imported, plaintext));
    expect(Buffer.concat([encrypted.ciphertext, encrypted.tag])).toEqual(Buffer.from(theirs));
  });

  test.each([0, 11, 13, 16])('refuses an IV of %d bytes', (length) => {
    expect(() => encrypt(key, new Uint8Array(length), context, plaintext)).toThrow(RangeError);
  });
});

describe('decrypt', () => {
  test.each([0, 1, 100_000])('opens %d bytes', (length) => {
    const bytes = new Uint8Array(length).fill(7);
    expect(decrypt(key, encrypt(key, iv, context, bytes), context)).toEqual(bytes);
  });

  test.each([0, 4, 8, 12, 13, 14, 15])('refuses the true tag cut to %d bytes', (length) => {
    const cut = { ...encrypted, tag: encrypted.tag.subarray(0, length) };
    expect(() => decrypt(key, cut, context)).toThrow(new SealingError('OpenFailed'));
  });

  test.each(['iv', 'ciphertext', 'tag'] as const)('refuses any flipped bit of the %s', (part) => {
    for (let bit = 0; bit < encrypted[part].length * 8; bit += 1) {
      const bytes = Uint8Array.from(encrypted[part]);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decrypt(key, { ...encrypted, [part]: bytes }, context)).toThrow(new SealingError('OpenFailed'));
    }
  });

  test('carries neither plaintext nor cause in its error', () => {
    const altered = { ...encrypted, tag: new Uint8Array(16) };
    const error = caught(() => decrypt(key, altered, context));
    expect(error).toBeInstanceOf(SealingError);
    expect(error.cause).toBeUndefined();
    expect(`${String(error)} ${error.stack}`).not.toContain('canary-plaintext');
  });
});

function caught(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    assert(error instanceof Error);
    return error;
  }
  return assert.fail('nothing was thrown');
}
