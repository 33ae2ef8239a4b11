import { describe, expect, it } from 'vitest';
import { tokenRefusal } from '../../../../src/keys/token-import/imported-token.ts';

const GOOD = 'q8RkX2vTz5LmPw0JcYf7NhGd3BsKaU9e';

describe('tokenRefusal', () => {
  it.each([
    ['32 random characters', GOOD],
    ['every printable character', `${GOOD}!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`],
    ['as many characters as there may be', GOOD.padEnd(2048, GOOD)],
  ])('takes %s', (_name, token) => {
    expect(tokenRefusal(Buffer.from(token))).toBeUndefined();
  });

  it.each([
    ['a space', `${GOOD} ${GOOD}`],
    ['two lines', `${GOOD}\n${GOOD}`],
    ['a tab', `${GOOD}\t`],
    ['a letter beyond ASCII', `${GOOD}é`],
    ['a zero byte', `${GOOD}\0`],
    ['more characters than a header takes', GOOD.padEnd(2049, GOOD)],
    ['nothing but a space', ' '],
  ])('refuses %s as malformed', (_name, token) => {
    expect(tokenRefusal(Buffer.from(token))).toMatchObject({ reason: 'MalformedKey' });
  });

  it.each([
    ['nothing', ''],
    ['31 random characters', GOOD.slice(1)],
    ['a long password', 'Password123!Password123!Password123!'],
  ])('refuses %s as weak', (_name, token) => {
    expect(tokenRefusal(Buffer.from(token))).toMatchObject({ reason: 'WeakSecret' });
  });

  it('says the same of every token that is too weak', () => {
    const messages = ['a'.repeat(32), 'Password123!Password123!Password123!', '0123456789abcdef0123456789abcdef'].map(
      (token) => tokenRefusal(Buffer.from(token))?.message,
    );
    expect(new Set(messages).size).toBe(1);
  });
});
