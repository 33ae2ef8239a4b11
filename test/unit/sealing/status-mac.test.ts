import { describe, expect, test } from 'vitest';
import type { KeyIdentity } from '../../../src/sealing/ledger.ts';
import { signStatusLedger, verifyStatusLedger } from '../../../src/sealing/status-mac.ts';
import { checkout, recordContext } from '../../support/sealing.ts';

const context = recordContext();
const frozen = { sequence: 42, mac: 'mac-1._dI2wAOz7fGAyMHGibAS4ob6qWtBeQwKjJ6_LhVbHXI' };

describe('signStatusLedger', () => {
  test('writes the frozen MAC', () => {
    expect(signStatusLedger(context, checkout, 42)).toEqual(frozen);
  });
});

describe('verifyStatusLedger', () => {
  test('takes what was signed', () => {
    expect(verifyStatusLedger(context, checkout, frozen)).toBe(true);
  });

  test.each(['project', 'kind', 'namespace', 'name'] as const)('refuses the status of another %s', (field) => {
    const other = { ...checkout, [field]: 'other' } as KeyIdentity;
    expect(verifyStatusLedger(context, other, frozen)).toBe(false);
  });

  test.each([41, 43, -1, Number.NaN])('refuses the sequence edited to %d', (sequence) => {
    expect(verifyStatusLedger(context, checkout, { ...frozen, sequence })).toBe(false);
  });

  test('refuses the status of another installation', () => {
    const elsewhere = recordContext({ installation: 'ff112233445566778899aabbccddeeff' });
    expect(verifyStatusLedger(elsewhere, checkout, frozen)).toBe(false);
  });
});
