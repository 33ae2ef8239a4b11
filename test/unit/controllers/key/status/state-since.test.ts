import { describe, expect, test } from 'vitest';
import type { ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import type { EnvironmentEntry } from '../../../../../src/sealing/ledger.ts';
import {
  apiKeyOf,
  apiKeyStatus,
  hoursFromNow,
  MINTED_AT,
  NOW,
  productionEntry,
  recordOf,
  reported,
  settled,
  stagingEntry,
  versionEntry,
  type ApiKeyFacts,
} from '../../../../support/facts.ts';

const NOW_TEXT = hoursFromNow(0);

/** The same key at another time, after what `changes` say. */
function later(before: ApiKeyFacts, hours: number, changes: Partial<DeclaredFacts>): ApiKeyFacts {
  return reported({ ...before, ...changes, now: new Date(NOW.getTime() + hours * 3_600_000) });
}

function production(entry: Partial<EnvironmentEntry>): Pick<DeclaredFacts, 'record'> {
  return { record: recordOf({ environments: [stagingEntry(), productionEntry(entry)] }) };
}

function spec(before: DeclaredFacts, changes: Parameters<typeof apiKeyOf>[0]): Pick<DeclaredFacts, 'object'> {
  return { object: { ...before.object, spec: apiKeyOf(changes).spec } };
}

function stateOf(shown: ApiKeyStatus): readonly (string | undefined)[] {
  const environment = shown.environments?.find(({ name }) => name === 'production');
  return [environment?.state, environment?.stateSince];
}

const superseding = { version: 2, createdAt: hoursFromNow(1), stateSince: hoursFromNow(1) };
const second = versionEntry('production', 2, superseding);
const first = versionEntry('production', 1, { state: 'Retiring', stateSince: hoursFromNow(1) });
const retired = versionEntry('production', 1, { state: 'Retired', stateSince: hoursFromNow(5) });

describe('the state of an environment', () => {
  test('holds since its versions changed, and keeps that while it is the same', () => {
    const issued = settled();
    expect(stateOf(apiKeyStatus(issued))).toEqual(['Active', MINTED_AT]);
    const rotating = later(issued, 1, production({ versions: [second, first] }));
    expect(stateOf(apiKeyStatus(rotating))).toEqual(['Rotating', hoursFromNow(1)]);
    const delivered = later(rotating, 2, {});
    expect(stateOf(apiKeyStatus(delivered))).toEqual(['Rotating', hoursFromNow(1)]);
    const rotated = later(delivered, 6, production({ versions: [second, retired] }));
    expect(stateOf(apiKeyStatus(rotated))).toEqual(['Active', hoursFromNow(5)]);
  });

  test('holds since the spec suspended it, and since it was resumed', () => {
    const issued = settled();
    const suspended = later(issued, 1, spec(issued, { suspended: true }));
    expect(stateOf(apiKeyStatus(suspended))).toEqual(['Suspended', hoursFromNow(1)]);
    const resumed = later(suspended, 3, spec(suspended, {}));
    expect(stateOf(apiKeyStatus(resumed))).toEqual(['Active', hoursFromNow(3)]);
  });

  test('holds since the expiry, whenever that is noticed', () => {
    const issued = settled();
    const expiring = spec(issued, { environments: [{ name: 'production', expiresAt: '2027-03-01T14:00:00.5+01:00' }] });
    const expired = later(issued, 4, expiring);
    expect(stateOf(apiKeyStatus(expired))).toEqual(['Expired', hoursFromNow(1)]);
    const restored = later(expired, 5, spec(expired, { environments: [{ name: 'production' }] }));
    expect(stateOf(apiKeyStatus(restored))).toEqual(['Active', hoursFromNow(5)]);
  });

  test('does not hold since before the object was there', () => {
    const metadata = { ...apiKeyOf().metadata, creationTimestamp: hoursFromNow(-0.5) };
    const environments = [{ name: 'production', expiresAt: '2020-01-01T00:00:00Z' }];
    expect(stateOf(apiKeyStatus(settled({ object: apiKeyOf({ environments }, { metadata }) })))).toEqual([
      'Expired',
      hoursFromNow(-0.5),
    ]);
    expect(stateOf(apiKeyStatus(settled({ object: apiKeyOf({}, { metadata }) })))).toEqual([
      'Active',
      hoursFromNow(-0.5),
    ]);
  });

  test('holds since it was revoked, by the spec before the ledger says so', () => {
    const issued = settled();
    const revoking = { revocation: { reason: 'Compromised', throughVersion: 1 } } as const;
    const shown = apiKeyStatus(later(issued, 1, spec(issued, revoking)));
    expect(stateOf(shown)).toEqual(['Revoked', hoursFromNow(1)]);
    expect(shown.environments?.[1]?.versions).toMatchObject([{ state: 'Revoked', stateSince: hoursFromNow(1) }]);
  });

  test('is known again after status was lost, where versions or an expiry tell it', () => {
    const lost = apiKeyOf();
    const rotated = settled({ object: lost, ...production({ versions: [second, first] }) });
    expect(stateOf(apiKeyStatus({ ...rotated, now: new Date(hoursFromNow(4)) }))).toEqual([
      'Rotating',
      hoursFromNow(1),
    ]);
    expect(stateOf(apiKeyStatus(settled({ object: apiKeyOf({ suspended: true }) })))).toEqual(['Suspended', NOW_TEXT]);
  });

  test('names the end of what waits sealed, as long as something does', () => {
    const object = apiKeyOf({ environments: [{ name: 'staging' }] });
    const left = { state: 'Withdrawn', destroyAt: hoursFromNow(24) } as const;
    const withdrawn = later(settled(), 1, { object, ...production(left) });
    expect(apiKeyStatus(withdrawn).environments).toMatchObject([
      { name: 'staging', state: 'Active' },
      { name: 'production', state: 'Withdrawn', destroyAt: hoursFromNow(24) },
    ]);
    expect(apiKeyStatus(settled()).environments?.[1]).not.toHaveProperty('destroyAt');
  });
});

describe('the state of a version', () => {
  test('tells when a current one was issued and why, and when an older one was superseded or revoked', () => {
    const revoked = versionEntry('production', 1, { state: 'Revoked', stateSince: hoursFromNow(2) });
    const third = versionEntry('production', 3, { cause: 'Triggered', stateSince: hoursFromNow(3) });
    const superseded = versionEntry('production', 2, {
      ...superseding,
      state: 'Retiring',
      stateSince: hoursFromNow(3),
    });
    const shown = apiKeyStatus(settled(production({ versions: [third, superseded, revoked] })));
    expect(shown.environments?.[1]?.versions).toMatchObject([
      { state: 'Current', stateSince: hoursFromNow(3), cause: 'Triggered' },
      { state: 'Retiring', createdAt: hoursFromNow(1), stateSince: hoursFromNow(3) },
      { state: 'Revoked', stateSince: hoursFromNow(2) },
    ]);
  });
});

describe('while the ledger cannot be believed', () => {
  const rolledBack = { provenSequence: 9 };

  test('what spec or time take away is so since that was first shown', () => {
    const issued = settled();
    const shown = (changes: Parameters<typeof apiKeyOf>[0]): ApiKeyStatus =>
      apiKeyStatus(later(later(issued, 1, { ...rolledBack, ...spec(issued, changes) }), 2, {}));
    expect(stateOf(shown({ environments: [{ name: 'staging' }] }))).toEqual(['Withdrawn', hoursFromNow(1)]);
    const expired = [{ name: 'production', expiresAt: hoursFromNow(0.5) }];
    expect(stateOf(shown({ environments: expired }))).toEqual(['Expired', hoursFromNow(0.5)]);
    expect(
      shown({ revocation: { reason: 'Compromised', throughVersion: 1 } }).environments?.[1]?.versions,
    ).toMatchObject([{ state: 'Revoked', stateSince: hoursFromNow(1) }]);
  });
});
