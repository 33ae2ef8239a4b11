import { describe, expect, test } from 'vitest';
import { entriesOf, mayWriteRecord, targetsOf } from '../../../../src/controllers/key/facts.ts';
import type { Claim } from '../../../../src/controllers/planning/claims.ts';
import { isRolledBack, type RecordFacts } from '../../../../src/controllers/planning/key-facts.ts';
import { placeKey } from '../../../../src/controllers/planning/secret-view.ts';
import { checkout } from '../../../support/sealing.ts';
import {
  apiKeyOf,
  environmentOf,
  EU,
  held,
  hoursFromNow,
  ledgerOf,
  MINTED_AT,
  owed,
  OWNER,
  productionEntry,
  recordOf,
  settled,
} from '../../../support/facts.ts';

const absent: RecordFacts = { kind: 'Absent' };
const invalid: RecordFacts = { kind: 'Invalid', problem: 'BadMac', resourceVersion: '1' };
const elsewhere = { namespace: 'elsewhere' };
const settledTombstone = recordOf({
  ...elsewhere,
  phase: 'Withdrawn',
  environments: [productionEntry({ state: 'Withdrawn', places: [] })],
});

describe('mayWriteRecord', () => {
  test.each<{ name: string; record: RecordFacts; want: boolean }>([
    { name: 'its own record', record: recordOf(), want: true },
    { name: 'no record', record: absent, want: true },
    { name: 'another namespace’s record', record: recordOf(elsewhere), want: false },
    { name: 'another namespace’s settled tombstone', record: settledTombstone, want: true },
    {
      name: 'a tombstone that still waits sealed',
      record: recordOf({
        ...elsewhere,
        phase: 'Withdrawn',
        environments: [productionEntry({ state: 'Withdrawn', places: [], destroyAt: hoursFromNow(1) })],
      }),
      want: false,
    },
    {
      name: 'a tombstone that still owes a Secret',
      record: recordOf({
        ...elsewhere,
        phase: 'Withdrawn',
        environments: [productionEntry({ state: 'Withdrawn', places: [owed(EU)] })],
      }),
      want: false,
    },
  ])('answers $want for $name', ({ record, want }) => {
    expect(mayWriteRecord({ record, identity: checkout })).toBe(want);
  });
});

describe('entriesOf', () => {
  test('are those of the ledger, and none of another namespace’s', () => {
    expect(entriesOf({ record: recordOf(), identity: checkout })).toEqual(ledgerOf().environments);
    for (const record of [absent, invalid, recordOf(elsewhere)])
      expect(entriesOf({ record, identity: checkout })).toEqual([]);
  });
});

describe('targetsOf', () => {
  test('map to no namespace while the project is not ours to read', () => {
    const targets = targetsOf(settled({ project: { kind: 'Missing' } }));
    expect(targets.map(({ name, namespaces }) => [name, namespaces])).toEqual([
      ['staging', []],
      ['production', []],
    ]);
  });
});

describe('isRolledBack', () => {
  test.each<{ name: string; record: RecordFacts; provenSequence: number; want: boolean }>([
    { name: 'a record as new as what is proven', record: recordOf({ sequence: 5 }), provenSequence: 5, want: false },
    { name: 'an older record', record: recordOf({ sequence: 4 }), provenSequence: 5, want: true },
    { name: 'no record beside a proof', record: absent, provenSequence: 1, want: true },
    { name: 'no record and no proof', record: absent, provenSequence: 0, want: false },
    { name: 'a record that cannot be believed at all', record: invalid, provenSequence: 5, want: false },
  ])('answers $want for $name', ({ record, provenSequence, want }) => {
    expect(isRolledBack({ record, provenSequence })).toBe(want);
  });
});

describe('environmentFacts', () => {
  const earlier = '2027-03-01T10:00:00Z';
  const later = '2027-03-01T11:30:00Z';
  const other = 'ApiKey/payments-config/other';
  const project = 'payments';

  test.each<{ name: string; claim: Claim | undefined; want: boolean }>([
    { name: 'nobody claims', claim: undefined, want: false },
    { name: 'another key claimed before', claim: { owner: other, project, since: earlier }, want: true },
    { name: 'another key claimed after', claim: { owner: other, project, since: later }, want: false },
    {
      name: 'a key of a later name claimed in the same second',
      claim: { owner: other, project, since: MINTED_AT },
      want: false,
    },
    {
      name: 'a key of an earlier name claimed in the same second',
      claim: { owner: 'ApiKey/a/a', project, since: MINTED_AT },
      want: true,
    },
    {
      name: 'this name of an earlier project claimed in the same second',
      claim: { owner: OWNER, project: 'a', since: MINTED_AT },
      want: true,
    },
    {
      name: 'this name of a later project claimed in the same second',
      claim: { owner: OWNER, project: 'z', since: MINTED_AT },
      want: false,
    },
  ])('answer $want for a place of ours that $name', ({ claim, want }) => {
    expect(OWNER < other).toBe(true);
    const claims = new Map(claim === undefined ? [] : [[placeKey(held(EU)), claim]]);
    expect(environmentOf('production', settled({ claims })).isClaimedByOther(held(EU))).toBe(want);
  });

  test('yield a place that we have not taken to whoever claims it', () => {
    const claims = new Map([['new/checkout', { owner: other, project, since: later }]]);
    expect(environmentOf('production', settled({ claims })).isClaimedByOther(held('new'))).toBe(true);
  });

  test('tell what is sealed by environment, version and field', () => {
    const ref = { environment: 'production', version: 1, field: 'token' } as const;
    const { isSealed } = environmentOf('production', settled({ record: recordOf({}, { sealed: [ref] }) }));
    expect(isSealed(ref)).toBe(true);
    for (const other of [{ environment: 'staging' }, { version: 2 }, { field: 'signingSecret' as const }]) {
      expect(isSealed({ ...ref, ...other })).toBe(false);
    }
  });

  test('want the expiry of the environment in its Secrets', () => {
    const facts = settled({ object: apiKeyOf({ expiresAt: hoursFromNow(5) }) });
    const { entry, target, wantedSecret } = environmentOf('production', facts);
    const [version] = entry?.versions ?? [];
    if (entry === undefined || target === undefined || version === undefined)
      throw new RangeError('Production is minted');
    expect(wantedSecret(held(EU), entry, version, target)).toMatchObject({
      expiresAt: hoursFromNow(5),
      labels: { 'keywright.dev/company': 'acme', 'keywright.dev/environment': 'production' },
      annotations: {
        'keywright.dev/owner': OWNER,
        'keywright.dev/version': '1',
        'keywright.dev/key-id': 'k00000000001',
      },
    });
  });
});
