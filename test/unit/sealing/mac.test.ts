import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MacKeys, macKeyIdOf } from '../../../src/sealing/mac.ts';
import type { MacKey } from '../../../src/sealing/mac.ts';
import { keyBytes } from '../../support/sealing.ts';

const first: MacKey = { id: 'mac-1', bytes: keyBytes(0), state: 'Signing' };
const second: MacKey = { id: 'mac-2', bytes: keyBytes(7), state: 'Signing' };
const keys = new MacKeys([first]);
const frozen = 'mac-1.naq_FFdg16dPUvpJ5HUPMOADrEf7r4x3_fZmw6CDCcM';

describe('MacKeys', () => {
  test('signs with the frozen bytes', () => {
    expect(keys.sign('label', ['a', 1])).toBe(frozen);
  });

  test('verifies what an older key signed after a new key has taken over', () => {
    const rotated = new MacKeys([second, { ...first, state: 'Verifying' }]);
    expect(rotated.verify('label', ['a', 1], frozen)).toBe(true);
    expect(rotated.sign('label', ['a', 1])).toMatch(/^mac-2\./);
  });

  test('knows the keys that only verify any more', () => {
    const rotated = new MacKeys([second, { ...first, state: 'Verifying' }]);
    expect(['mac-1', 'mac-2', 'mac-3'].map((id) => rotated.isFormer(id))).toEqual([true, false, false]);
  });

  test('refuses a MAC of a key that is gone', () => {
    expect(new MacKeys([second]).verify('label', ['a', 1], frozen)).toBe(false);
  });

  test('refuses a MAC of one key under the id of another', () => {
    const both = new MacKeys([second, { ...first, state: 'Verifying' }]);
    expect(both.verify('label', ['a', 1], frozen.replace('mac-1', 'mac-2'))).toBe(false);
  });

  const others: readonly { name: string; label: string; parts: readonly (string | number)[] }[] = [
    { name: 'another label', label: 'other', parts: ['a', 1] },
    { name: 'other parts', label: 'label', parts: ['a', 2] },
    { name: 'fewer parts', label: 'label', parts: ['a'] },
    { name: 'parts that cannot be encoded', label: 'label', parts: ['\ud800', Number.NaN] },
  ];
  test.each(others)('refuses $name', ({ label, parts }) => {
    expect(keys.verify(label, parts, frozen)).toBe(false);
  });

  const malformed = [
    '',
    '.',
    'mac-1',
    'mac-1.',
    frozen.slice(0, -1),
    `${frozen}A`,
    `${frozen}=`,
    ` ${frozen}`,
    frozen.replace('.', ''),
    frozen.replace('.', '..'),
    frozen.replace('mac-1', 'MAC-1'),
    `${'m'.repeat(65)}${frozen}`,
    'x'.repeat(1_000_000),
  ];
  test.each(malformed.map((text) => ({ text })))('refuses the malformed text $text', ({ text }) => {
    expect(keys.verify('label', ['a', 1], text)).toBe(false);
  });

  test('refuses every other text, even one that decodes to the same bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ';
    fc.assert(
      fc.property(fc.nat({ max: frozen.length - 1 }), fc.constantFrom(...alphabet.split('')), (at, character) => {
        const text = frozen.slice(0, at) + character + frozen.slice(at + 1);
        expect(keys.verify('label', ['a', 1], text)).toBe(text === frozen);
      }),
      { numRuns: 2000 },
    );
  });

  const invalid: readonly { name: string; set: readonly MacKey[] }[] = [
    { name: 'an empty set', set: [] },
    { name: 'two signing keys', set: [first, second] },
    { name: 'no signing key', set: [{ ...first, state: 'Verifying' }] },
    { name: 'a short key', set: [{ ...first, bytes: new Uint8Array(31) }] },
    { name: 'one id twice', set: [first, { ...second, id: 'mac-1', state: 'Verifying' }] },
    { name: 'an id with a dot', set: [{ ...first, id: 'mac.1' }] },
  ];
  test.each(invalid)('cannot be made of $name', ({ set }) => {
    expect(() => new MacKeys(set)).toThrow(RangeError);
  });

  test('shows no key byte when inspected or serialised', () => {
    const shown = inspect(keys, { depth: 9, showHidden: true }) + JSON.stringify(keys);
    expect(shown).not.toMatch(/00,\s*1|00 01 02|AAECAw/);
  });
});

test.each([
  { text: frozen, want: 'mac-1' },
  { text: 'mac-1.', want: 'mac-1' },
  { text: 'mac-1', want: undefined },
  { text: '', want: undefined },
  { text: '.AAAA', want: undefined },
  { text: 'Not an id.AAAA', want: undefined },
])('macKeyIdOf "$text" is $want', ({ text, want }) => {
  expect(macKeyIdOf(text)).toBe(want);
});
