/** What is told of an environment that expired: what a later date does, and what it does not where all was revoked. */
import { describe, expect, test } from 'vitest';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import type { EnvironmentEntry, Revocation } from '../../../../../src/sealing/ledger.ts';
import {
  apiKeyOf,
  apiKeyStatus,
  deliveredEverywhere,
  EU,
  hoursFromNow,
  ledgerOf,
  MINTED_AT,
  owed,
  productionEntry,
  recordOf,
  settled,
  stagingEntry,
  US,
  versionEntry,
} from '../../../../support/facts.ts';
import { shownConditions, type ShownCondition } from '../../../../support/shown-conditions.ts';
import { signedStatus } from '../../../../support/status-signing.ts';

type Given = Partial<DeclaredFacts>;

/** Staging goes on, production expired an hour ago. */
const object = apiKeyOf({
  environments: [{ name: 'staging' }, { name: 'production', expiresAt: hoursFromNow(-1) }],
});

function condition(given: Given, wanted: string): ShownCondition | undefined {
  return shownConditions(settled({ object, ...given }))[wanted];
}

/** What the ledger says: version 2 goes on in staging. */
function ledgerWith(production: Partial<EnvironmentEntry>, revocation?: Revocation): Given {
  const staging = stagingEntry({ versions: [versionEntry('staging', 2)] });
  const environments = [staging, productionEntry({ state: 'Withdrawn', ...production })];
  return {
    record: recordOf({ lastVersion: 2, environments, ...(revocation && { revocation }) }),
    observations: deliveredEverywhere(ledgerOf({ environments }), false),
  };
}

describe('Ready of an expired environment', () => {
  test.each<{ name: string; given: Given; remedy: string }>([
    {
      name: 'restores what waits sealed',
      given: ledgerWith({ destroyAt: hoursFromNow(1) }),
      remedy: 'restore it',
    },
    {
      name: 'has a new version issued after the window',
      given: ledgerWith({ versions: [versionEntry('production', 1, { state: 'Retired' })], places: [] }),
      remedy: 'have a new one issued',
    },
    {
      name: 'has a new version issued where a rotation was missed',
      given: ledgerWith({ destroyAt: hoursFromNow(1), rotationOwed: true }),
      remedy: 'have a new one issued',
    },
    {
      name: 'has a version issued where there was none',
      given: { record: recordOf({ environments: [stagingEntry()] }) },
      remedy: 'have one issued',
    },
  ])('tells that a later date $name', ({ given, remedy }) => {
    const message = `Environment "production" expired at 2027-03-01T11:00:00Z; set a later expiresAt to ${remedy}`;
    expect(condition(given, 'Ready')).toEqual(['False', 'Expired', message]);
  });

  test('counts those that expired beside the first', () => {
    const expiresAt = hoursFromNow(-1);
    const given = { object: apiKeyOf({ environments: [{ name: 'staging' }, { name: 'production' }], expiresAt }) };
    expect(condition(given, 'Ready')?.[2]).toMatch(
      /^Environment "staging" expired at \S+ \(and 1 more\); set a later /,
    );
  });

  test('promises nothing back where there is no window', () => {
    const environments = object.spec.environments;
    const given = { object: apiKeyOf({ environments, recoveryWindow: '0s' }) };
    expect(condition(given, 'Ready')?.[2]).toMatch(/; set a later expiresAt to have a new one issued$/);
  });
});

describe('An expired environment that was revoked', () => {
  const versions = [versionEntry('production', 1, { state: 'Revoked' })];
  const revocation = { reason: 'Compromised', since: MINTED_AT, throughVersion: 1 } as const;

  test('asks for a trigger beside the date', () => {
    expect(condition(ledgerWith({ versions, places: [] }, revocation), 'Ready')).toEqual([
      'True',
      'Revoked',
      'Versions up to 1 are revoked (Compromised), and "production" has no newer one; set spec.rotation.trigger to a new text and a later expiresAt to have one issued',
    ]);
  });

  test('is not ready before its Secrets are gone', () => {
    const given = ledgerWith({ versions, places: [owed(EU), owed(US)] }, revocation);
    expect(condition(given, 'Ready')?.[0]).toBe('Unknown');
    expect(condition(given, 'Deployed')?.slice(0, 2)).toEqual(['Unknown', 'Withdrawing']);
  });

  test('points to a key of another name where the whole key is', () => {
    const environments = [
      stagingEntry({ versions: [versionEntry('staging', 1, { state: 'Revoked' })], places: [] }),
      productionEntry({ versions, places: [] }),
    ];
    const record = recordOf({ environments, revocation: { reason: 'Compromised', since: MINTED_AT } });
    expect(condition({ record }, 'Ready')?.[2]).toMatch(/^Revoked for good .*declare a key of another name$/);
  });

  test('shows what is revoked, which verifiers have to know, also while the ledger cannot be believed', () => {
    const shown = apiKeyStatus(settled({ object, ...ledgerWith({ versions, places: [] }, revocation) }));
    const production = shown.environments?.[1];
    expect(production).toMatchObject({ state: 'Revoked', versions: [{ version: 1, state: 'Revoked' }] });
    const later = apiKeyStatus(settled({ provenSequence: 9, object: { ...object, status: signedStatus(shown) } }));
    expect(later.environments?.[1]).toEqual(production);
  });
});
