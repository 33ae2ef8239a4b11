import { describe, expect, test } from 'vitest';
import {
  entriesOf,
  isRolledBack,
  mayWriteRecord,
  type RecordFacts,
} from '../../../../src/controllers/planning/key-facts.ts';
import { EU, hoursFromNow, ledgerOf, owed, productionEntry, recordOf } from '../../../support/facts.ts';
import { checkout } from '../../../support/sealing.ts';

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
