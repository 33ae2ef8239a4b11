import { describe, expect, test } from 'vitest';
import {
  decodeImportSecret,
  firstImport,
  importSecret,
  isNewOrder,
  newImportKey,
  withImportKey,
} from '../../../src/installation/import-secret.ts';
import { IMPORT_INSTALLATION, IMPORT_MADE_AT, storedImport } from '../../support/import-keys.ts';

const stored = await storedImport();
const secret = importSecret('keywright', stored);
const encoded = (content: object): { readonly data: Record<string, string> } => ({
  data: { keys: Buffer.from(JSON.stringify(content)).toString('base64') },
});

describe('decodeImportSecret', () => {
  test('reads what was written', () => {
    expect(decodeImportSecret(secret, IMPORT_INSTALLATION)).toEqual({ state: 'valid', stored });
  });

  const [key] = stored.keys;
  test.each([
    ['another type', { type: 'Opaque' }, 'WrongType'],
    ['no data', { data: {} }, 'Malformed'],
    ['no JSON', { data: { keys: 'AAAA' } }, 'Malformed'],
    ['a newer format', encoded({ format: 2 }), 'UnknownFormat'],
    ['no key', encoded({ format: 1, ...stored, keys: [] }), 'Malformed'],
    ['two active keys', encoded({ format: 1, ...stored, keys: [key, key] }), 'Malformed'],
    ['no active key', encoded({ format: 1, ...stored, keys: [{ ...key, state: 'Retired' }] }), 'Malformed'],
    [
      'a fingerprint that is none',
      encoded({ format: 1, ...stored, keys: [{ ...key, fingerprint: 'x' }] }),
      'Malformed',
    ],
  ])('refuses %s', (_name, change, problem) => {
    expect(decodeImportSecret({ ...secret, ...change }, IMPORT_INSTALLATION)).toEqual({ state: 'invalid', problem });
  });

  test('refuses the keys of another installation, to which nothing here was sealed', () => {
    expect(decodeImportSecret(secret, 'aa'.repeat(16))).toEqual({ state: 'invalid', problem: 'OtherInstallation' });
  });
});

describe('a rotation order', () => {
  test.each([undefined, ''])('%j is none', (order) => {
    expect(isNewOrder(stored, order)).toBe(false);
  });

  test('is carried out once, also when others came since', async () => {
    expect(isNewOrder(stored, '2027')).toBe(true);
    let rotated = stored;
    for (const order of ['2027', '2028']) {
      rotated = withImportKey(rotated, await newImportKey(IMPORT_INSTALLATION, IMPORT_MADE_AT), order);
    }
    expect(['2027', '2028', '2029'].map((order) => isNewOrder(rotated, order))).toEqual([false, false, true]);
    expect(rotated.keys.map(({ state }) => state)).toEqual(['Active', 'Retired', 'Retired']);
    expect(decodeImportSecret(importSecret('keywright', rotated), IMPORT_INSTALLATION)).toEqual({
      state: 'valid',
      stored: rotated,
    });
  });

  test('that is there when the first key is made counts as carried out', async () => {
    const key = await newImportKey(IMPORT_INSTALLATION, IMPORT_MADE_AT);
    expect(isNewOrder(firstImport(IMPORT_INSTALLATION, key, '2027'), '2027')).toBe(false);
  });
});
