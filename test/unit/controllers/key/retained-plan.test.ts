import { describe, expect, test } from 'vitest';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { DeclaredFacts, KeyObjectFacts } from '../../../../src/controllers/planning/key-rules.ts';
import type { SecretView } from '../../../../src/controllers/planning/secret-view.ts';
import type { Ledger, Revocation } from '../../../../src/sealing/ledger.ts';
import {
  apiKeyOf,
  EU,
  held,
  MINTED_AT,
  owed,
  productionEntry,
  recordOf,
  secretView,
  settled,
  STAGING,
  stagingEntry,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

const COMPROMISED: Revocation = { reason: 'Compromised', throughVersion: 1, since: MINTED_AT };
function revoked(environment: string): { readonly versions: Ledger['environments'][number]['versions'] } {
  return { versions: [versionEntry(environment, 1, { state: 'Revoked' })] };
}

/** A key that went under Retain and was revoked; by default no Secret was taken back yet. */
function retained(changes: Partial<Ledger> = {}): { readonly record: KeyObjectFacts['record'] } {
  return {
    record: recordOf({
      phase: 'Retained',
      revocation: COMPROMISED,
      environments: [stagingEntry(revoked('staging')), productionEntry(revoked('production'))],
      ...changes,
    }),
  };
}

const RETIRED = { versions: [versionEntry('staging', 2, { state: 'Retired' })], places: [] };
const IN_FORCE = { versions: [versionEntry('staging', 2)], places: [] };
const WITHOUT_PLACES = {
  environments: [
    stagingEntry({ ...revoked('staging'), places: [] }),
    productionEntry({ ...revoked('production'), places: [] }),
  ],
};

/** A Secret of staging that proves a version, where the ledger has no place. */
function putElsewhere(version: number): SecretView {
  const place = held(STAGING, { secretName: 'old-name' });
  return secretView(wantedOf(place, 'staging', versionEntry('staging', version)));
}

function going(changes: Partial<DeclaredFacts>): DeclaredFacts {
  const object = apiKeyOf({ deletionPolicy: 'Retain', revocation: { reason: 'Compromised', throughVersion: 1 } });
  return settled({
    isLive: true,
    object: { ...object, metadata: { ...object.metadata, deletionTimestamp: MINTED_AT } },
    ...changes,
  });
}

function gone(changes: Partial<KeyObjectFacts>): KeyObjectFacts {
  return { ...settled({ isLive: true }), object: undefined, ...changes };
}

describe('planKey of a key that is deleted under Retain, and then is not to be retained', () => {
  const changed = apiKeyOf({ deletionPolicy: 'Delete' });
  const facts = (finalizers: readonly string[]): DeclaredFacts => {
    const metadata = { ...changed.metadata, deletionTimestamp: MINTED_AT, finalizers };
    return settled({ isLive: true, record: recordOf({ phase: 'Retained' }), object: { ...changed, metadata } });
  };

  test('takes its Secrets back', () => {
    const step = planKey(facts(changed.metadata.finalizers ?? []));
    const ledger = step?.kind === 'WriteRecord' ? step.change.ledger : undefined;
    expect(ledger?.phase).toBe('Withdrawn');
    expect(ledger?.environments.map(({ places }) => places)).toEqual([[owed(STAGING)], [owed(EU), owed(US)]]);
  });

  test('leaves those of its former life while it is not held', () => {
    expect(planKey(facts(['example.com/other']))).toBeUndefined();
  });
});

describe('planKey of a key that was revoked and went under Retain', () => {
  test.each<{ name: string; facts: KeyObjectFacts }>([
    { name: 'is revoked while it goes', facts: going(retained()) },
    { name: 'is gone', facts: gone(retained()) },
  ])('takes its Secrets back when it $name', ({ facts }) => {
    const step = planKey(facts);
    const environments = step?.kind === 'WriteRecord' ? step.change.ledger.environments : [];
    expect(environments.map(({ places }) => places)).toEqual([[owed(STAGING)], [owed(EU), owed(US)]]);
  });

  test.each<{ name: string; changes: Partial<Ledger> }>([
    { name: 'of an environment that has nothing in force', changes: WITHOUT_PLACES },
    { name: 'of an environment with a later version in force', changes: { environments: [stagingEntry(IN_FORCE)] } },
    { name: 'of an environment that the ledger does not know', changes: { environments: [] } },
  ])('takes back a revoked version that somebody puts elsewhere, $name', ({ changes }) => {
    const target = { namespace: STAGING, secretName: 'old-name', environment: undefined };
    expect(planKey(gone({ ...retained(changes), proven: [putElsewhere(1)] }))).toEqual({
      kind: 'Withdraw',
      targets: [target],
    });
  });

  test.each<{ name: string; changes: Partial<Ledger> }>([
    { name: 'in force', changes: { environments: [stagingEntry(IN_FORCE)] } },
    { name: 'over, and not by a revocation', changes: { environments: [stagingEntry(RETIRED)] } },
  ])('leaves a version that is $name', ({ changes }) => {
    expect(planKey(gone({ ...retained(changes), proven: [putElsewhere(2)] }))).toBeUndefined();
  });
});
