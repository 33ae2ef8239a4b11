import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeKeyList, encodeKeyList } from '../../../src/installation/key-list.ts';
import { keyBytes } from '../../support/sealing.ts';

const states = { current: 'Signing', former: 'Verifying' } as const;
const current = { id: 'mac-1', bytes: keyBytes(0), state: 'Signing' } as const;
const former = { id: 'mac-0', bytes: keyBytes(9), state: 'Verifying' } as const;

describe('encodeKeyList', () => {
  test('writes the frozen text', () => {
    expect(encodeKeyList([current])).toBe(
      '{"format":1,"keys":[{"id":"mac-1","bytes":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","state":"Signing"}]}',
    );
  });
});

describe('decodeKeyList', () => {
  test('reads back what was written', () => {
    const keys = decodeKeyList(encodeKeyList([current, former]), states);
    expect(keys).toEqual([current, former].map((key) => ({ ...key, bytes: Buffer.from(key.bytes) })));
  });

  const good = { id: 'mac-1', bytes: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', state: 'Signing' };
  const refused: readonly { name: string; value: unknown; problem: string }[] = [
    { name: 'a newer format', value: { format: 2, keys: [good] }, problem: 'UnknownFormat' },
    { name: 'no format', value: { keys: [good] }, problem: 'Malformed' },
    { name: 'no key', value: { format: 1, keys: [] }, problem: 'Malformed' },
    { name: 'no current key', value: { format: 1, keys: [{ ...good, state: 'Verifying' }] }, problem: 'Malformed' },
    { name: 'two current keys', value: { format: 1, keys: [good, { ...good, id: 'mac-2' }] }, problem: 'Malformed' },
    {
      name: 'an unknown state',
      value: { format: 1, keys: [good, { ...good, id: 'b', state: 'Wrapping' }] },
      problem: 'Malformed',
    },
    { name: 'one id twice', value: { format: 1, keys: [good, { ...good, state: 'Verifying' }] }, problem: 'Malformed' },
    { name: 'an id with a dot', value: { format: 1, keys: [{ ...good, id: 'a.b' }] }, problem: 'Malformed' },
    { name: 'a short key', value: { format: 1, keys: [{ ...good, bytes: 'AAEC' }] }, problem: 'Malformed' },
    {
      name: 'a key in base64url',
      value: { format: 1, keys: [{ ...good, bytes: `-${good.bytes.slice(1)}` }] },
      problem: 'Malformed',
    },
    { name: 'an unknown member', value: { format: 1, keys: [{ ...good, note: 'x' }] }, problem: 'Malformed' },
  ];
  test.each(refused)('says $problem for $name', ({ value, problem }) => {
    expect(decodeKeyList(JSON.stringify(value), states)).toBe(problem);
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeKeyList(text, states)).toBeTypeOf('string');
      }),
    );
  });

  test('refuses a text of 65 KiB unread', () => {
    expect(decodeKeyList(encodeKeyList([current]) + ' '.repeat(65 * 1024), states)).toBe('Malformed');
  });
});
