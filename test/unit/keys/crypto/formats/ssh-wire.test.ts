import { describe, expect, it } from 'vitest';
import { padded, sshMpint, sshString } from '../../../../../src/keys/crypto/formats/ssh-wire.ts';

describe('sshString', () => {
  it('writes the length before the bytes', () => {
    expect(sshString('testing').toString('hex')).toBe('0000000774657374696e67');
  });
});

describe('sshMpint', () => {
  it.each([
    ['00', '00000000'],
    ['09a378f9b2e332a7', '0000000809a378f9b2e332a7'],
    ['80', '000000020080'],
    ['0000007f', '000000017f'],
  ])('writes %s as in RFC 4251, 5: %s', (magnitude, expected) => {
    expect(sshMpint(Buffer.from(magnitude, 'hex')).toString('hex')).toBe(expected);
  });
});

describe('padded', () => {
  it.each([
    ['aabbccddeeff0011', 'aabbccddeeff0011'],
    ['aabbccddee', 'aabbccddee010203'],
  ])('fills %s up with a count', (bytes, expected) => {
    expect(padded(Buffer.from(bytes, 'hex'), 8).toString('hex')).toBe(expected);
  });
});
