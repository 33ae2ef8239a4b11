import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Peppers, type Pepper } from '../../../src/sealing/peppers.ts';
import { keyBytes } from '../../support/sealing.ts';

const hashing: Pepper = { id: 'pepper-2', bytes: keyBytes(7), state: 'Hashing' };
const former: Pepper = { id: 'pepper-1', bytes: keyBytes(99), state: 'Matching' };
const material = Buffer.from('hunter2');

describe('Peppers', () => {
  test('hash by HMAC-SHA-256 and name the pepper', () => {
    const hex = createHmac('sha256', keyBytes(7)).update('hunter2').digest('hex');
    expect(new Peppers([former, hashing]).keyedHash(material)).toBe(`hmac-sha256:pepper-2:${hex}`);
  });

  test('match what they hashed, and what an earlier pepper hashed', () => {
    const before = new Peppers([{ ...former, state: 'Hashing' }]).keyedHash(material);
    const peppers = new Peppers([hashing, former]);
    expect(peppers.matchesKeyedHash(material, peppers.keyedHash(material))).toBe(true);
    expect(peppers.matchesKeyedHash(material, before)).toBe(true);
  });

  const hash = new Peppers([hashing]).keyedHash(material);
  test.each([
    { name: 'other bytes', text: new Peppers([hashing]).keyedHash(Buffer.from('hunter3')) },
    { name: 'a pepper that is gone', text: hash.replace('pepper-2', 'pepper-3') },
    { name: 'the id of another pepper', text: hash.replace('pepper-2', 'pepper-1') },
    { name: 'a plain hash', text: `sha256:${'00'.repeat(32)}` },
    { name: 'upper case', text: hash.toUpperCase() },
    { name: 'a shorter hash', text: hash.slice(0, -2) },
    { name: 'a longer hash', text: `${hash}00` },
    { name: 'a line end', text: `${hash}\n` },
    { name: 'no text', text: '' },
  ])('do not match $name', ({ text }) => {
    expect(new Peppers([hashing, former]).matchesKeyedHash(material, text)).toBe(false);
  });

  test.each([
    { name: 'none', peppers: [] },
    { name: 'none that hashes', peppers: [former] },
    { name: 'two that hash', peppers: [hashing, { ...hashing, id: 'pepper-3' }] },
    { name: 'one id twice', peppers: [hashing, { ...former, id: 'pepper-2' }] },
    { name: 'a short one', peppers: [{ ...hashing, bytes: new Uint8Array(31) }] },
    { name: 'an id with a colon', peppers: [{ ...hashing, id: 'a:b' }] },
  ])('refuse $name', ({ peppers }) => {
    expect(() => new Peppers(peppers)).toThrow(RangeError);
  });

  test('show no byte of themselves', () => {
    const shown = inspect(new Peppers([hashing]), { depth: 9 }) + JSON.stringify(new Peppers([hashing]));
    expect(shown).not.toContain(Buffer.from(keyBytes(7)).toString('hex').slice(0, 8));
    expect(shown).not.toContain('7, 8, 9');
  });
});
