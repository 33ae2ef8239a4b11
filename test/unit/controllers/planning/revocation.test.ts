import { describe, expect, test } from 'vitest';
import { effectiveRevocation, isRevokedOut, planRevocation } from '../../../../src/controllers/planning/revocation.ts';
import type { Revocation } from '../../../../src/sealing/ledger.ts';
import { hoursFromNow, ledgerOf, NOW, productionEntry, stagingEntry, versionEntry } from '../../../support/facts.ts';

const NOW_TEXT = hoursFromNow(0);
const through = (throughVersion: number, since = NOW_TEXT): Revocation => ({
  reason: 'Compromised',
  since,
  throughVersion,
});
const whole: Revocation = { reason: 'Retired', since: NOW_TEXT };

describe('effectiveRevocation', () => {
  test('follows what is declared first', () => {
    expect(effectiveRevocation(undefined, { reason: 'Compromised', throughVersion: 2 }, NOW)).toEqual(through(2));
    expect(effectiveRevocation(undefined, { reason: 'Retired' }, NOW)).toEqual(whole);
  });

  test.each([
    { name: 'taken back', declared: undefined },
    { name: 'lowered', declared: { reason: 'Unspecified', throughVersion: 1 } as const },
    { name: 'the same for another reason', declared: { reason: 'Retired', throughVersion: 2 } as const },
  ])('remembers one that is $name', ({ declared }) => {
    const remembered = through(2, hoursFromNow(-5));
    expect(effectiveRevocation(remembered, declared, NOW)).toBe(remembered);
  });

  test('follows one that goes further, up to the whole key and no further', () => {
    expect(effectiveRevocation(through(2), { reason: 'Compromised', throughVersion: 3 }, NOW)).toEqual(through(3));
    expect(effectiveRevocation(through(2), { reason: 'Retired' }, NOW)).toEqual(whole);
    expect(effectiveRevocation(whole, { reason: 'Compromised', throughVersion: 3 }, NOW)).toBe(whole);
  });
});

describe('planRevocation', () => {
  const sealed = [
    { environment: 'production', version: 2, field: 'token' },
    { environment: 'production', version: 1, field: 'signingSecret' },
    { environment: 'staging', version: 3, field: 'token' },
  ] as const;
  const ledger = ledgerOf({
    lastVersion: 3,
    environments: [
      stagingEntry({ versions: [versionEntry('staging', 3)] }),
      productionEntry({
        versions: [
          versionEntry('production', 2, { signingSecret: { id: 'whs_2', hash: `sha256:${'0'.repeat(64)}` } }),
          versionEntry('production', 1, { state: 'Retiring', retireAt: hoursFromNow(1) }),
        ],
      }),
    ],
  });

  test('ends every live version up to the number, with all that is sealed of it, and leaves later ones', () => {
    const change = planRevocation(ledger, through(2), NOW, sealed);
    expect(change?.ledger).toMatchObject({ sequence: ledger.sequence + 1, revocation: through(2) });
    const [staging, production] = change?.ledger.environments ?? [];
    expect(staging).toBe(ledger.environments[0]);
    expect(production?.versions).toEqual([
      versionEntry('production', 2, { state: 'Revoked', stateSince: NOW_TEXT }),
      versionEntry('production', 1, { state: 'Revoked', stateSince: NOW_TEXT }),
    ]);
    expect(change?.drop).toEqual(sealed.slice(0, 2));
    expect(change?.mints).toEqual([]);
  });

  test('is done once, and remembers one that ends nothing', () => {
    const change = planRevocation(ledger, through(2), NOW, sealed);
    expect(planRevocation(change?.ledger ?? ledger, through(2), NOW, sealed)).toBeUndefined();
    const idle = ledgerOf({ environments: [productionEntry({ versions: [] })] });
    expect(planRevocation(idle, whole, NOW, [])?.ledger).toEqual({ ...idle, sequence: 3, revocation: whole });
  });

  test('is nothing to do without one', () => {
    expect(planRevocation(ledger, undefined, NOW, sealed)).toBeUndefined();
  });

  test('closes the window of a withdrawn environment that has nothing left to give back', () => {
    const withdrawn = ledgerOf({
      environments: [productionEntry({ state: 'Withdrawn', destroyAt: hoursFromNow(3), places: [] })],
    });
    const change = planRevocation(withdrawn, whole, NOW, sealed);
    expect(change?.ledger.environments[0]).not.toHaveProperty('destroyAt');
  });
});

test('isRevokedOut holds only where something was issued and nothing newer is in force', () => {
  const revoked = versionEntry('production', 1, { state: 'Revoked' });
  expect(isRevokedOut(productionEntry({ versions: [revoked] }), 1)).toBe(true);
  expect(isRevokedOut(productionEntry({ versions: [revoked] }), 0)).toBe(false);
  expect(isRevokedOut(productionEntry({ versions: [versionEntry('production', 2), revoked] }), 1)).toBe(false);
  expect(isRevokedOut(productionEntry({ versions: [] }), 9)).toBe(false);
});
