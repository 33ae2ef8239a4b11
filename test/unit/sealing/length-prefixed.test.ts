import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lengthPrefixed } from '../../../src/sealing/length-prefixed.ts';
import type { Part } from '../../../src/sealing/length-prefixed.ts';

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('', 'a', 'ab', 's', 'b\u0000'),
  fc.uint8Array({ maxLength: 3 }),
  fc.nat({ max: 300 }),
  fc.constant(undefined),
);

const hex = (label: string, parts: readonly Part[]): string =>
  Buffer.from(lengthPrefixed(label, parts)).toString('hex');

test('lengthPrefixed writes the frozen bytes', () => {
  expect(hex('label', ['', Uint8Array.of(1), 7, undefined])).toBe(
    '73000000056c6162656c7300000000620000000101690000000800000000000000076e00000000',
  );
});

test('lengthPrefixed gives different lists different bytes', () => {
  const input = fc.tuple(fc.constantFrom('x', 'y', 'xy'), fc.array(part, { maxLength: 4 }));
  fc.assert(
    fc.property(input, input, (one, other) => {
      const areEqual = JSON.stringify(tagged(one)) === JSON.stringify(tagged(other));
      expect(hex(...one) === hex(...other)).toBe(areEqual);
    }),
    { numRuns: 2000 },
  );
});

function tagged([label, parts]: readonly [string, readonly Part[]]): unknown {
  return [label, parts.map((one) => [typeof one, one instanceof Uint8Array ? [...one] : (one ?? null)])];
}

const shifted: readonly { name: string; one: readonly Part[]; other: readonly Part[] }[] = [
  { name: 'a boundary between strings', one: ['ab', 'c'], other: ['a', 'bc'] },
  { name: 'an empty string from an absent part', one: [''], other: [undefined] },
  { name: 'an empty string from no part', one: [''], other: [] },
  { name: 'a string from its bytes', one: ['a'], other: [Uint8Array.of(97)] },
  { name: 'a number from its text', one: [1], other: ['1'] },
];
test.each(shifted)('lengthPrefixed tells $name apart', ({ one, other }) => {
  expect(hex('l', one)).not.toBe(hex('l', other));
});

test.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])(
  'lengthPrefixed refuses the integer %d',
  (value) => {
    expect(() => lengthPrefixed('l', [value])).toThrow(RangeError);
  },
);

test('lengthPrefixed refuses a lone surrogate without quoting it', () => {
  expect(() => lengthPrefixed('l', ['canary\ud800'])).toThrow(/^(?!.*canary).*surrogate/);
});
