import { describe, expect, it } from 'vitest';
import { assertUserIds } from '../../../../src/keys/crypto/openpgp-user-id.ts';

describe('assertUserIds', () => {
  it.each([
    { name: 'a name and an address', userIds: ['Payments <files@example.com>'] },
    { name: 'an address alone', userIds: ['files@example.com'] },
    { name: 'a comment', userIds: ['Payments (production) <files@example.com>'] },
    { name: 'other alphabets', userIds: ['Zahlungen Köln', '支払い\u3000<files@example.com>'] },
    { name: 'the most and the longest', userIds: Array.from({ length: 16 }, (_, at) => `${at}`.padStart(512, 'a')) },
  ])('takes $name', ({ userIds }) => {
    expect(() => assertUserIds(userIds)).not.toThrow();
  });

  it.each([
    { name: 'none', userIds: [] },
    { name: 'more than 16', userIds: Array.from({ length: 17 }, (_, at) => `${at}`) },
    { name: 'two equal ones', userIds: ['a', 'a'] },
    { name: 'an empty one', userIds: ['a', ''] },
    { name: '513 bytes', userIds: ['a'.repeat(513)] },
    { name: '513 bytes in 257 characters', userIds: [`${'ö'.repeat(256)}a`] },
    { name: 'a space at the end', userIds: ['a '] },
    { name: 'a no-break space at the start', userIds: ['\u00a0a'] },
    { name: 'a byte order mark at the start', userIds: ['\ufeffa'] },
    { name: 'an ideographic space at the end', userIds: ['a\u3000'] },
    { name: 'a line end', userIds: ['a\nb'] },
    { name: 'an escape character', userIds: ['a\u001b[31mb'] },
    { name: 'NUL', userIds: ['a\0b'] },
    { name: 'a C1 control character', userIds: ['a\u009bb'] },
    { name: 'a line separator', userIds: ['a\u2028b'] },
    { name: 'a lone surrogate', userIds: ['a\ud800b'] },
    { name: 'a mark that turns the direction of writing', userIds: ['a\u202eb'] },
  ])('refuses $name, without quoting it', ({ userIds }) => {
    expect(() => assertUserIds(userIds)).toThrow(/^Cannot use these OpenPGP user IDs: [a-z0-9 ]+$/);
  });
});
