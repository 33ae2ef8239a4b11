import { describe, expect, it } from 'vitest';
import { defaultTokenCode } from '../../../src/keys/environment-token-code.ts';

describe('defaultTokenCode', () => {
  it.each([
    ['production', 'production'],
    ['pre-prod', 'preprod'],
    ['pre-prod-eu-west', 'preprodeuwes'],
    ['1', '1'],
    ['a'.repeat(63), 'a'.repeat(12)],
  ])('derives from %s the code %s', (name, code) => {
    expect(defaultTokenCode(name)).toBe(code);
  });

  it.each(['', '---', 'ÄÖ', 'a'.repeat(64)])('refuses %j', (name) => {
    expect(() => defaultTokenCode(name)).toThrow(RangeError);
  });
});
