import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../src/sealing/canonical-json.ts';

test('canonicalJson sorts members at every depth and keeps lists as they are', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }, 'x', 'a'], a: null, gone: undefined })).toBe(
    '{"a":null,"b":[{"c":2,"d":1},"x","a"]}',
  );
});

test('canonicalJson is read back as the value it was made of', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
