import { describe, expect, it } from 'vitest';
import { aesCmac } from '../../../../src/keys/crypto/aes-cmac.ts';

const KEYS = {
  128: '2b7e151628aed2a6abf7158809cf4f3c',
  192: '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
  256: '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
} as const;

const MESSAGE =
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
  '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710';

describe('aesCmac', () => {
  // 128: RFC 4493, 4. 192 and 256: the examples of NIST SP 800-38B, D.2 and D.3.
  it.each([
    { bits: 128, length: 0, mac: 'bb1d6929e95937287fa37d129b756746' },
    { bits: 128, length: 16, mac: '070a16b46b4d4144f79bdd9dd04a287c' },
    { bits: 128, length: 40, mac: 'dfa66747de9ae63030ca32611497c827' },
    { bits: 128, length: 64, mac: '51f0bebf7e3b9d92fc49741779363cfe' },
    { bits: 192, length: 0, mac: 'd17ddf46adaacde531cac483de7a9367' },
    { bits: 192, length: 16, mac: '9e99a7bf31e710900662f65e617c5184' },
    { bits: 192, length: 40, mac: '8a1de5be2eb31aad089a82e6ee908b0e' },
    { bits: 192, length: 64, mac: 'a1d5df0eed790f794d77589659f39a11' },
    { bits: 256, length: 0, mac: '028962f61b7bf89efc6b551f4667d983' },
    { bits: 256, length: 16, mac: '28a7023f452e8f82bd4bf28d8c37c35c' },
    { bits: 256, length: 40, mac: 'aaf3d8f1de5640c232f5b169b9c911e6' },
    { bits: 256, length: 64, mac: 'e1992190549f6ed5696a2c056c315410' },
  ] as const)('gives the published MAC of $length bytes under AES-$bits', ({ bits, length, mac }) => {
    const message = Buffer.from(MESSAGE, 'hex').subarray(0, length);
    expect(Buffer.from(aesCmac(Buffer.from(KEYS[bits], 'hex'), message)).toString('hex')).toBe(mac);
  });

  it.each([0, 8, 15, 17, 33])('refuses a key of %i bytes', (length) => {
    expect(() => aesCmac(new Uint8Array(length), new Uint8Array(16))).toThrow(RangeError);
  });
});
