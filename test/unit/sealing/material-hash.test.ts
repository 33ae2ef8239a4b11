import { describe, expect, test } from 'vitest';
import { materialHash } from '../../../src/sealing/material-hash.ts';
import { Peppers } from '../../../src/sealing/peppers.ts';

const peppers = new Peppers([{ id: 'pepper-1', bytes: Buffer.alloc(32, 1), state: 'Hashing' }]);
const key = { project: 'payments', kind: 'CryptoKey', name: 'partner' } as const;
const bytes = Buffer.from('the same bytes everywhere');

describe('materialHash', () => {
  test('is the same for the same key', () => {
    expect(materialHash(peppers, key, bytes)).toBe(materialHash(peppers, { ...key }, Uint8Array.from(bytes)));
  });

  test.each([{ project: 'billing' }, { name: 'partner-2' }])(
    'tells nothing of the same bytes in another key: %o',
    (other) => {
      expect(materialHash(peppers, { ...key, ...other }, bytes)).not.toBe(materialHash(peppers, key, bytes));
    },
  );

  test('is none that the source of an import has', () => {
    expect(materialHash(peppers, key, bytes)).not.toBe(peppers.keyedHash(bytes));
  });
});
