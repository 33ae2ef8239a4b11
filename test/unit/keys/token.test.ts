import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseToken } from '../../../src/keys/parse-token.ts';
import { mintToken } from '../../../src/keys/token.ts';
import { byteStream } from './byte-stream.ts';

const prefixes = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,7}){0,2}$/);
const randomStreams = fc.uint8Array({ minLength: 44, maxLength: 44 });
const tokens = fc
  .tuple(prefixes, randomStreams)
  .map(([prefix, bytes]) => mintToken({ prefix, randomBytes: byteStream(bytes) }).token);
const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));

function isAccepted(text: string): boolean {
  return parseToken(text)?.checksumOk === true;
}

describe('mintToken', () => {
  it('makes a token that parses back into its prefix and key id', () => {
    fc.assert(
      fc.property(prefixes, randomStreams, (prefix, bytes) => {
        const { token, keyId, mask } = mintToken({ prefix, randomBytes: byteStream(bytes) });
        expect(parseToken(token)).toEqual({ prefix, keyId, checksumOk: true });
        expect(token).toHaveLength(prefix.length + 63);
        expect(mask).toBe(`${prefix}_${keyId}_***`);
      }),
    );
  });

  it('shows no character of the secret in key id, mask or hash', () => {
    const { token, ...shown } = mintToken({ prefix: 'sk_live', randomBytes });
    const secret = token.slice(-49);
    expect(JSON.stringify(shown)).not.toContain(secret.slice(0, 10));
    expect(JSON.stringify(shown)).not.toContain(secret.slice(-10));
  });

  it.each([0, 11, 12, 43])('refuses a random source that ends after %i bytes', (available) => {
    expect(() => mintToken({ prefix: 'sk_live', randomBytes: byteStream(new Uint8Array(available)) })).toThrow(
      RangeError,
    );
  });

  it.each(['', 'SK_live', '1sk', '_sk', 'sk_', 'sk__live', 'sk-live', 'sk live', 'a'.repeat(33)])(
    'refuses the prefix %j',
    (prefix) => {
      expect(() => mintToken({ prefix, randomBytes })).toThrow(RangeError);
    },
  );
});

describe('parseToken', () => {
  it('accepts no token with one character changed', () => {
    fc.assert(
      fc.property(tokens, fc.nat(), printable, (token, position, character) => {
        const at = position % token.length;
        fc.pre(token[at] !== character);
        expect(isAccepted(token.slice(0, at) + character + token.slice(at + 1))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('accepts no token with one character lost or added', () => {
    fc.assert(
      fc.property(tokens, fc.nat(), printable, (token, position, character) => {
        const at = position % token.length;
        expect(isAccepted(token.slice(0, at) + token.slice(at + 1))).toBe(false);
        expect(isAccepted(token.slice(0, at) + character + token.slice(at))).toBe(false);
      }),
    );
  });

  it('accepts no token with two neighbours exchanged', () => {
    fc.assert(
      fc.property(tokens, fc.nat(), (token, position) => {
        const at = position % (token.length - 1);
        const [left = '', right = ''] = [token[at], token[at + 1]];
        fc.pre(left !== right);
        expect(isAccepted(token.slice(0, at) + right + left + token.slice(at + 2))).toBe(false);
      }),
    );
  });

  it('notices the key id or the prefix of another token', () => {
    fc.assert(
      fc.property(randomStreams, randomStreams, (left, right) => {
        const one = mintToken({ prefix: 'sk_live', randomBytes: byteStream(left) });
        const other = mintToken({ prefix: 'sk_live', randomBytes: byteStream(right) });
        fc.pre(one.keyId !== other.keyId);
        expect(parseToken(one.token.replace(one.keyId, other.keyId))).toEqual({
          prefix: 'sk_live',
          keyId: other.keyId,
          checksumOk: false,
        });
        expect(isAccepted(one.token.replace('sk_live', 'sk_test'))).toBe(false);
      }),
    );
  });

  it('never throws and returns a token or undefined for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(parseToken(text)?.checksumOk ?? false).toBe(false);
      }),
    );
  });

  const { token } = mintToken({ prefix: 'acme_sk_live', randomBytes: byteStream(new Uint8Array(44)) });
  it.each([
    { name: 'the empty text', text: '' },
    { name: 'white space around the token', text: ` ${token}` },
    { name: 'a line end after the token', text: `${token}\n` },
    { name: 'no prefix', text: token.slice('acme_sk_live_'.length) },
    { name: 'an empty prefix', text: token.slice('acme_sk_live'.length) },
    { name: 'a prefix of more than 32 characters', text: `${'a'.repeat(21)}${token}` },
    { name: 'a capital letter in the prefix', text: token.replace('acme', 'Acme') },
    { name: 'a letter in the key id that its alphabet lacks', text: token.replace('_000000000000_', '_00000000000l_') },
    { name: 'a secret with a sign that base62 lacks', text: `${token.slice(0, -1)}-` },
    { name: 'more than 200 characters', text: token.padStart(201, 'a') },
    { name: 'a million underscores', text: '_'.repeat(1_000_000) },
  ])('returns undefined for $name', ({ text }) => {
    expect(parseToken(text)).toBeUndefined();
  });
});
