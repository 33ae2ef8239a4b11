import { describe, expect, it } from 'vitest';
import { keyCheckValue } from '../../../../src/keys/crypto/key-check-value.ts';
import { KeyMaterialError } from '../../../../src/keys/crypto/key-material-error.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

describe('keyCheckValue', () => {
  it.each([
    { name: 'a DES key', algorithm: 'DES', key: '0123456789abcdef', kcv: 'D5D44F' },
    { name: 'DES with zeros', algorithm: 'DES', key: '00'.repeat(8), kcv: '8CA64D' },
    { name: 'a double-length key', algorithm: 'DESede', key: '0123456789abcdeffedcba9876543210', kcv: '08D7B4' },
    {
      name: 'the same written out in three parts',
      algorithm: 'DESede',
      key: '0123456789abcdeffedcba98765432100123456789abcdef',
      kcv: '08D7B4',
    },
    // What `openssl mac` prints of 16 zeros, under the keys of NIST SP 800-38B, and of "kcv".
    { name: 'AES-128', algorithm: 'AES-128', key: '2b7e151628aed2a6abf7158809cf4f3c', kcv: '7AD386' },
    { name: 'AES-192', algorithm: 'AES-192', key: '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b', kcv: '3A072A' },
    {
      name: 'AES-256',
      algorithm: 'AES-256',
      key: '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
      kcv: '1A0B2D',
    },
    { name: 'HMAC-SHA256', algorithm: 'HMAC-SHA256', key: '0b'.repeat(32), kcv: '3DB230' },
    { name: 'HMAC-SHA512', algorithm: 'HMAC-SHA512', key: '0b'.repeat(64), kcv: '959826' },
  ] as const)('of $name is $kcv', ({ algorithm, key, kcv }) => {
    expect(keyCheckValue(algorithm, bytes(key))).toBe(kcv);
  });

  it('ignores the parity bits of a DES key', () => {
    expect(keyCheckValue('DES', bytes('0022446688aaccee'))).toBe('D5D44F');
  });

  it('leaves the key as it was', () => {
    const key = bytes('0123456789abcdef');
    keyCheckValue('DES', key);
    expect(Buffer.from(key).toString('hex')).toBe('0123456789abcdef');
  });

  it.each([
    { algorithm: 'AES-256', length: 16 },
    { algorithm: 'AES-128', length: 0 },
    { algorithm: 'DES', length: 24 },
    { algorithm: 'DESede', length: 8 },
  ] as const)('refuses $length bytes as $algorithm', ({ algorithm, length }) => {
    expect(() => keyCheckValue(algorithm, new Uint8Array(length))).toThrow(new KeyMaterialError('Unreadable'));
  });
});
