import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SecretSearch } from '../../support/secret-search.ts';

const TEXT = 'whsec_q8/Zk+"vT1mXb0pLrY7cJd2NfGhWsEo4u';
const BYTES = Uint8Array.from({ length: 32 }, (_, index) => (index * 73 + 11) % 256);

/** How each encoding writes bytes that stand between others. */
const plants: readonly (readonly [string, (bytes: Buffer, alignment: number) => string])[] = [
  ['plain', (bytes) => bytes.toString('latin1')],
  ['hex', (bytes) => bytes.toString('hex')],
  ['upper-case hex', (bytes) => bytes.toString('hex').toUpperCase()],
  ['base64', (bytes, alignment) => embedded(bytes, alignment).toString('base64')],
  ['base64url', (bytes, alignment) => embedded(bytes, alignment).toString('base64url')],
  ['fully escaped JSON', (bytes) => escaped(bytes, (hex) => hex)],
  ['fully escaped JSON in upper case', (bytes) => escaped(bytes, (hex) => hex.toUpperCase())],
];

describe.each(plants)('SecretSearch finds a secret in %s', (_name, plant) => {
  test.each([0, 1, 2])('at alignment %i', (alignment) => {
    const search = new SecretSearch();
    search.add('text', TEXT);
    search.add('bytes', BYTES);
    const planted = (secret: Buffer): string => `{"before":"x ${plant(secret, alignment)} after"}`;
    expect(search.find(planted(Buffer.from(TEXT))).map(({ secret }) => secret)).toContain('text');
    expect(search.find(planted(Buffer.from(BYTES))).map(({ secret }) => secret)).toContain('bytes');
  });
});

describe('SecretSearch', () => {
  test.each([
    ['as JSON.stringify writes it', JSON.stringify(TEXT)],
    ['with escaped slashes', JSON.stringify(TEXT).replaceAll('/', '\\/')],
  ])('finds what JSON escapes %s', (_name, planted) => {
    const search = new SecretSearch();
    search.add('quoted', TEXT.slice(4, 20));
    expect(search.find(planted)).not.toEqual([]);
  });

  test('finds any 12 characters of a secret and not 11', () => {
    const search = new SecretSearch();
    search.add('text', TEXT);
    fc.assert(
      fc.property(fc.nat(TEXT.length - 12), fc.string({ unit: fc.constantFrom('§', '¤') }), (start, around) => {
        const piece = (length: number): string => around + TEXT.slice(start, start + length) + around;
        expect(search.find(`§${piece(12)}§`)).toEqual([
          { secret: 'text', encoding: 'plain', offset: 1 + around.length },
        ]);
        expect(search.find(`§${piece(11)}§`)).toEqual([]);
      }),
    );
  });

  test('finds nothing where nothing was planted', () => {
    const search = new SecretSearch();
    search.add('text', TEXT);
    search.add('bytes', BYTES);
    const innocent = Buffer.alloc(20_000, 'The quick brown fox jumps over 13 lazy dogs. ');
    for (const encoding of ['utf8', 'base64', 'hex'] as const)
      expect(search.find(innocent.toString(encoding))).toEqual([]);
  });

  test('refuses a secret too short to search for', () => {
    expect(() => new SecretSearch().add('pin', '1234')).toThrow('Cannot search for pin: it is shorter than 12 bytes');
  });
});

function embedded(bytes: Buffer, alignment: number): Buffer {
  return Buffer.concat([Buffer.alloc(alignment, 'a'), bytes, Buffer.from('trailing')]);
}

function escaped(bytes: Buffer, letters: (hex: string) => string): string {
  return [...bytes].map((byte) => `\\u00${letters(byte.toString(16).padStart(2, '0'))}`).join('');
}
