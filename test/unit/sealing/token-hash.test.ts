import { createHmac, hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashToken } from '../../../src/keys/hash.ts';
import { Peppers } from '../../../src/sealing/peppers.ts';
import {
  isImportedToken,
  isKeyedDigest,
  isValueOf,
  keyedTokenHash,
  storedTokenHashes,
} from '../../../src/sealing/token-hash.ts';
import { keyBytes } from '../../support/sealing.ts';

const former = new Peppers([{ id: 'pepper-1', bytes: keyBytes(99), state: 'Hashing' }]);
const peppers = new Peppers([
  { id: 'pepper-2', bytes: keyBytes(7), state: 'Hashing' },
  { id: 'pepper-1', bytes: keyBytes(99), state: 'Matching' },
]);
const token = Buffer.from('legacy-token');
const digest = hash('sha256', token);

describe('keyedTokenHash', () => {
  test('is the HMAC of the SHA-256 of the token', () => {
    const hex = createHmac('sha256', keyBytes(7))
      .update(hash('sha256', token, 'buffer'))
      .digest('hex');
    expect(keyedTokenHash(peppers, token)).toBe(`hmac-sha256:pepper-2:${hex}`);
  });
});

describe('storedTokenHashes', () => {
  test('are the plain one and one under each pepper', () => {
    expect(storedTokenHashes(peppers, token).toSorted()).toEqual(
      [hashToken(token), keyedTokenHash(peppers, token), keyedTokenHash(former, token)].toSorted(),
    );
  });
});

describe('isValueOf', () => {
  test.each([
    ['a minted token', hashToken(token)],
    ['an imported one', keyedTokenHash(peppers, token)],
    ['one that was imported under a former pepper', keyedTokenHash(former, token)],
  ])('knows %s by its hash', (_name, stored) => {
    expect(isValueOf({ peppers }, token, stored)).toBe(true);
    expect(isValueOf({ peppers }, Buffer.from('another'), stored)).toBe(false);
  });

  test.each(['', 'sha256:', 'hmac-sha256:pepper-3:00'])('knows none by "%s"', (stored) => {
    expect(isValueOf({ peppers }, token, stored)).toBe(false);
  });
});

describe('isValueOf without peppers', () => {
  const gone = {
    get peppers(): Peppers {
      throw new TypeError('There are none');
    },
  };

  test('knows what was minted', () => {
    expect(isValueOf(gone, token, hashToken(token))).toBe(true);
    expect(isValueOf(gone, Buffer.from('another'), hashToken(token))).toBe(false);
  });

  test('cannot tell of what was imported', () => {
    expect(() => isValueOf(gone, token, keyedTokenHash(peppers, token))).toThrow(TypeError);
  });
});

describe('isImportedToken', () => {
  test('tells the two forms apart', () => {
    expect(isImportedToken(hashToken(token))).toBe(false);
    expect(isImportedToken(keyedTokenHash(peppers, token))).toBe(true);
  });
});

describe('isKeyedDigest', () => {
  test('knows the token by its digest alone', () => {
    expect(isKeyedDigest(peppers, digest, keyedTokenHash(former, token))).toBe(true);
    expect(isKeyedDigest(peppers, hash('sha256', 'another'), keyedTokenHash(former, token))).toBe(false);
  });
});
