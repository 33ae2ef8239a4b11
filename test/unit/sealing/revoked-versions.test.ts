import { describe, expect, test } from 'vitest';
import type { Revocation, VersionState } from '../../../src/sealing/ledger.ts';
import { isRevoked, revokedMark, revokedMarks, revokedThrough } from '../../../src/sealing/revoked-versions.ts';
import { ledgerOf, productionEntry, stagingEntry, versionEntry } from '../../support/facts.ts';
import { cryptoLedger, cryptoVersion } from '../../support/partner-key.ts';

const whole: Revocation = { reason: 'Retired', since: '2027-03-01T12:00:00Z' };
const through = (throughVersion: number): Revocation => ({ ...whole, throughVersion });
const digits = 'ab'.repeat(32);

test('revokedThrough tells none, some and all apart', () => {
  expect([undefined, through(4), whole].map(revokedThrough)).toEqual([0, 4, Number.POSITIVE_INFINITY]);
});

test('isRevoked does not take a crypto key for revoked that went missing as a record settled', () => {
  const missing = cryptoVersion('production', 3, {}, { state: 'Revoked' });
  expect(isRevoked(cryptoLedger(), missing)).toBe(false);
  expect(isRevoked(cryptoLedger({ revocation: through(3) }), missing)).toBe(true);
});

test.each<{ name: string; revocation: Revocation | undefined; state: VersionState; want: boolean }>([
  { name: 'a current version', revocation: undefined, state: 'Current', want: false },
  { name: 'a token that status shows as revoked', revocation: undefined, state: 'Revoked', want: true },
  { name: 'one that retired before its number was taken back', revocation: through(3), state: 'Retired', want: true },
  { name: 'one that retired and whose number was not', revocation: through(2), state: 'Retired', want: false },
  { name: 'any of a key that is revoked as a whole', revocation: whole, state: 'Retired', want: true },
])('isRevoked says of $name: $want', ({ revocation, state, want }) => {
  const ledger = ledgerOf(revocation === undefined ? {} : { revocation });
  expect(isRevoked(ledger, versionEntry('production', 3, { state }))).toBe(want);
});

describe('revokedMark', () => {
  test.each([
    { name: 'the hash of a minted token', hash: `sha256:${digits}`, mark: `sha256:${digits.slice(0, 32)}` },
    {
      name: 'a keyed hash, with its pepper',
      hash: `hmac-sha256:pepper-7:${digits}`,
      mark: `hmac-sha256:pepper-7:${digits.slice(0, 32)}`,
    },
  ])('is the first 128 bits of $name', ({ hash, mark }) => {
    expect(revokedMark({ hash })).toBe(mark);
  });

  test('is of the fingerprint where there is one, whatever the bytes hash to', () => {
    const crypto = { fingerprint: 'SHA256:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA' };
    const hashes = ['00', '11'].map((byte) => `hmac-sha256:pepper-7:${byte.repeat(32)}`);
    expect(new Set(hashes.map((hash) => revokedMark({ hash, crypto })))).toEqual(
      new Set(['SHA256:q83vEjRWeJCrze8SNFZ4kK']),
    );
    const openpgpFingerprint = 'D1A66E1A23B182C9980F788CFBFCC82A015E7330';
    expect(revokedMark({ hash: '', crypto: { openpgpFingerprint } })).toBe('openpgp:D1A66E1A23B182C9980F788CFBFCC82A');
  });
});

test('revokedMarks are those of every environment, and of versions whose entries are gone', () => {
  const [one, two] = [versionEntry('staging', 1, { state: 'Revoked' }), cryptoVersion('production', 2)];
  const environments = [stagingEntry({ versions: [one] }), productionEntry({ versions: [two] })];
  const marks = revokedMarks(ledgerOf({ environments, revokedMarks: ['sha256:00'] }));
  expect(marks).toEqual(new Set([revokedMark(one), 'sha256:00']));
});
