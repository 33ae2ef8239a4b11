import { describe, expect, it } from 'vitest';
import { withoutLineEnd } from '../../../src/keys/line-end.ts';

describe('withoutLineEnd', () => {
  it.each([
    ['nothing', 'token', 'token'],
    ['one line break', 'token\n', 'token'],
    ['one of Windows', 'token\r\n', 'token'],
    ['only one', 'token\n\n', 'token\n'],
    ['no space', 'token ', 'token '],
    ['no carriage return alone', 'token\r', 'token\r'],
    ['the whole of an empty line', '\n', ''],
  ])('takes %s off the end', (_name, content, value) => {
    expect(Buffer.from(withoutLineEnd(Buffer.from(content))).toString()).toBe(value);
  });

  it('leaves the bytes where they are, so that whoever owns them wipes all', () => {
    const content = Buffer.from('token\n');
    withoutLineEnd(content).fill(0);
    expect(content.toString()).toBe('\0\0\0\0\0\n');
  });
});
