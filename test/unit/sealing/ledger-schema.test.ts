import { describe, expect, test } from 'vitest';
import type { EnvironmentEntry } from '../../../src/sealing/ledger.ts';
import { isLedger } from '../../../src/sealing/ledger-schema.ts';
import { checkoutLedger } from '../../support/sealing.ts';

const ledger = checkoutLedger();
const [production] = ledger.environments as [EnvironmentEntry];
const [current] = production.versions;
const [place] = production.places;

const inEnvironment = (changes: object): object => ({ ...ledger, environments: [{ ...production, ...changes }] });
const inVersion = (changes: object): object => inEnvironment({ versions: [{ ...current, ...changes }] });
const inPlace = (changes: object): object => inEnvironment({ places: [{ ...place, ...changes }] });

describe('isLedger', () => {
  test('takes a ledger that uses every field', () => {
    expect(isLedger(ledger)).toBe(true);
  });

  test('takes the ledger of a fresh tombstone', () => {
    expect(isLedger(checkoutLedger({ phase: 'Withdrawn', lastVersion: 0, environments: [] }))).toBe(true);
  });

  test.each([`sha256:${'ab'.repeat(16)}`, `hmac-sha256:pepper-1:${'ab'.repeat(16)}`, 'SHA256:q83v-_8', 'openpgp:D1A6'])(
    'takes %s for the mark of a revoked version',
    (mark) => {
      expect(isLedger({ ...ledger, revokedMarks: [mark] })).toBe(true);
    },
  );

  const refused: readonly { name: string; value: unknown }[] = [
    { name: 'nothing', value: undefined },
    { name: 'a list', value: [ledger] },
    { name: 'another format', value: { ...ledger, format: 2 } },
    { name: 'another kind', value: { ...ledger, kind: 'Widget' } },
    { name: 'a fractional sequence', value: { ...ledger, sequence: 1.5 } },
    { name: 'a sequence beyond 2^53', value: { ...ledger, sequence: 2 ** 53 } },
    { name: 'a name of 64 characters', value: { ...ledger, name: 'n'.repeat(64) } },
    { name: 'a mark of another form', value: { ...ledger, revokedMarks: ['acme_sk_live_plain'] } },
    { name: 'more marks than are kept', value: { ...ledger, revokedMarks: Array(1025).fill('sha256:ab') } },
    { name: 'an unknown member', value: { ...ledger, extra: true } },
    { name: 'an unknown member of an environment', value: inEnvironment({ extra: true }) },
    { name: 'an unknown member of a version', value: inVersion({ extra: true }) },
    {
      name: 'an unknown member of a signing secret',
      value: inVersion({ signingSecret: { id: 'a', hash: current?.hash, extra: 1 } }),
    },
    { name: 'an unknown member of a place', value: inPlace({ extra: true }) },
    { name: 'a hash of another form', value: inVersion({ hash: 'acme_sk_live_plain' }) },
    { name: 'an unknown state', value: inVersion({ state: 'Lost' }) },
    { name: 'version 0', value: inVersion({ version: 0 }) },
    { name: 'a time in another zone', value: inVersion({ createdAt: '2027-01-01T00:00:00+01:00' }) },
    { name: 'a Secret name with a slash', value: inPlace({ secretName: 'a/b' }) },
    { name: 'a namespace with a trailing line break', value: inPlace({ namespace: 'a\n' }) },
    {
      name: 'too many environments',
      value: { ...ledger, environments: Array.from({ length: 257 }, () => production) },
    },
  ];
  test.each(refused)('refuses $name', ({ value }) => {
    expect(isLedger(value)).toBe(false);
  });
});
