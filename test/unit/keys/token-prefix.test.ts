import { describe, expect, it } from 'vitest';
import { composeTokenPrefix } from '../../../src/keys/token-prefix.ts';

describe('composeTokenPrefix', () => {
  it('joins type and environment', () => {
    expect(composeTokenPrefix({ typeCode: 'pk', environmentCode: 'live' })).toBe('pk_live');
  });

  it('puts the company marker first', () => {
    expect(composeTokenPrefix({ projectPrefix: 'acme', typeCode: 'sk', environmentCode: '1' })).toBe('acme_sk_1');
  });

  it('accepts the longest parts the API allows', () => {
    const parts = { projectPrefix: 'a'.repeat(12), typeCode: 'sk', environmentCode: 'b'.repeat(12) } as const;
    expect(composeTokenPrefix(parts)).toHaveLength(28);
  });

  it.each([
    { name: 'an empty company marker', projectPrefix: '', environmentCode: 'live' },
    { name: 'a company marker that starts with a digit', projectPrefix: '4you', environmentCode: 'live' },
    { name: 'an empty environment code', environmentCode: '' },
    { name: 'a separator other than the underscore', environmentCode: 'pre-prod' },
    { name: 'more than 32 characters', projectPrefix: 'acme', environmentCode: 'a'.repeat(25) },
  ])('refuses $name', ({ projectPrefix, environmentCode }) => {
    expect(() => composeTokenPrefix({ projectPrefix, typeCode: 'sk', environmentCode })).toThrow(RangeError);
  });
});
