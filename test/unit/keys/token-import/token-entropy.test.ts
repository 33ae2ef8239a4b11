import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimatedBits } from '../../../../src/keys/token-import/token-entropy.ts';

const ENOUGH = 112;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
// Fixed examples, so that a run does not meet the one in some thousand random texts that look like none.
const HEX = 'c93f01d7ab64e852908f7e1d36ba45c2';
const LETTERS_AND_DIGITS = 'q8RkX2vTz5LmPw0JcYf7NhGd3BsKaU9e';

describe('estimatedBits', () => {
  it.each<[string, string, number]>([
    ['128 bits in hex', HEX, 128],
    ['160 bits in upper-case hex', '5B0E9C27D4816FA3E7C05D12984B6F3AE0C7B92D', 150],
    ['a random UUID', '3b9c1f72-58ad-4e06-9d47-c0e81f5a26b3', 112],
    ['a Stripe key', `sk_live_${LETTERS_AND_DIGITS.slice(0, 24)}`, 142],
    ['a GitHub token', `ghp_${LETTERS_AND_DIGITS}4Wb1`, 200],
    ['a Slack token', `xoxb-${LETTERS_AND_DIGITS}`, 185],
    ['a token of an ApiKey', `pk_live_0f3k9m2xq71z_${LETTERS_AND_DIGITS}${LETTERS_AND_DIGITS.slice(5, 16)}`, 185],
    ['base64 of 24 bytes', 'kJ8xQ2/vTz5LmPw0+cYf7NhGd3BsKaU9', 185],
    ['the signature of a JWT', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${LETTERS_AND_DIGITS}`, 185],
    ['nine random words', 'galaxy.tundra.pickup.oxidize.yonder.vortex.nimble.quartz.fjordic.zephyr', 130],
  ])('finds enough in %s', (_name, token, least) => {
    expect(estimatedBits(token)).toBeGreaterThanOrEqual(least);
  });

  it.each<[string, string]>([
    ['one character', 'a'.repeat(64)],
    ['one password again and again', 'Password123!Password123!Password123!'],
    ['a password with digits for letters', 'P4ssw0rd!P4ssw0rd!P4ssw0rd!P4ssw0rd!'],
    ['three characters again and again', 'x7Q'.repeat(12)],
    ['all hex digits in order', '0123456789abcdef0123456789abcdef'],
    ['all letters and digits in order', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['letters and digits in turn', 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6'],
    ['rows of a keyboard', 'qwertyuiopasdfghjklzxcvbnm1234567890'],
    ['columns of a keyboard', 'zaq12wsxcde34rfvbgt56yhnmju78ik,'],
    ['a sentence', 'thequickbrownfoxjumpsoverthelazydog'],
    ['a sentence in camel case', 'CorrectHorseBatteryStapleIsNotASecret'],
    ['a sentence with dots', 'correct.horse.battery.staple.mountain.river'],
    ['a German sentence', 'diesisteinlangespasswortaufdeutsch'],
    ['a French sentence', 'jesuisunepetitephrasefrancaiseassezlongue'],
    ['a placeholder', 'my-super-secret-api-key-for-production-2024'],
    ['a name and a year', 'acme-payments-staging-checkout-service-2026'],
    ['words and years', 'summer2024winter2025spring2026autumn2027'],
    ['dates', '20240101202401022024010320240104'],
    ['few distinct characters', 'abbabaababbabbaabababbaabbabaabbabaababab'],
    ['three characters and one of each other class', '1321231_2Zq3212313321121332122313211323112'],
    ['32 digits', '73906184527316948205173940628153'],
    ['a prefix and nothing random', `sk_test_${'0'.repeat(40)}`],
    ['a UUID of a time and a machine', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    ['a UUID of a time and 74 bits', '019236d8-1c9a-7b3e-8f21-5d0c9a7e4b16'],
    ['a UUID of zeros', '00000000-0000-4000-8000-000000000000'],
    ['a JWT without signature', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.'],
    [
      'a JWT with a short signature',
      `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${LETTERS_AND_DIGITS.slice(14)}`,
    ],
  ])('finds too little in %s', (_name, token) => {
    expect(estimatedBits(token)).toBeLessThan(ENOUGH);
  });

  it('never finds more than characters of the alphabet in use can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from(BASE62)), maxLength: 80 }), (token) => {
        expect(estimatedBits(token)).toBeLessThanOrEqual(token.length * Math.log2(62) + 1e-9);
      }),
    );
  });

  it('finds too little in twelve characters, however often they are repeated', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from(BASE62)), minLength: 1, maxLength: 12 }),
        (pattern) => {
          expect(estimatedBits(pattern.repeat(40))).toBeLessThan(ENOUGH);
        },
      ),
    );
  });

  it('finds nothing in nothing', () => {
    expect(estimatedBits('')).toBe(0);
  });
});
