import { describe, expect, test } from 'vitest';
import { Orphans } from '../../../../../src/controllers/key/standing/orphans.ts';
import type { KeyEvent } from '../../../../../src/controllers/shared/key-events.ts';
import { OWNER, recordOf, settled } from '../../../../support/facts.ts';
import type { KeyObjectFacts } from '../../../../../src/controllers/planning/key-rules.ts';

const KEY = 'payments/payments-config/checkout';
const orphan: KeyObjectFacts = { ...settled(), object: undefined };

function watched(): {
  readonly orphans: Orphans;
  readonly events: readonly KeyEvent[];
  readonly counts: readonly number[];
} {
  const events: KeyEvent[] = [];
  const counts: number[] = [];
  const orphans = new Orphans({
    events: { record: (_regarding, event) => void events.push(event) },
    recordRef: () => ({ name: 'kw-apikey-1', namespace: 'keywright' }),
    setCount: (count) => void counts.push(count),
  });
  return { orphans, events, counts };
}

describe('Orphans', () => {
  test('tells of an orphan once, with what an admin can do', () => {
    const { orphans, events, counts } = watched();
    orphans.observe(KEY, orphan);
    orphans.observe(KEY, orphan);
    expect(counts).toEqual([1]);
    expect(events).toEqual([
      {
        type: 'Warning',
        reason: 'Orphaned',
        action: 'Reconcile',
        note: `${OWNER} is gone without having been deleted; its Secrets stay. Apply it again, or annotate this record with keywright.dev/withdraw: ${OWNER}`,
      },
    ]);
  });

  test('counts it no more when its object is back', () => {
    const { orphans, counts } = watched();
    orphans.observe(KEY, orphan);
    orphans.observe('other', orphan);
    orphans.observe(KEY, settled());
    expect(counts).toEqual([1, 2, 1]);
  });

  test('counts it no more when its record was deleted', () => {
    const { orphans, counts } = watched();
    orphans.observe(KEY, orphan);
    orphans.forget(KEY);
    orphans.forget('other');
    expect(counts).toEqual([1, 0]);
  });

  test.each(['Active', 'Withdrawn'] as const)(
    'tells of a record rolled back to %s, with the sequence to accept',
    (phase) => {
      const { orphans, events, counts } = watched();
      const older: KeyObjectFacts = { ...orphan, record: recordOf({ phase }), provenSequence: 9 };
      orphans.observe(KEY, older);
      orphans.observe(KEY, older);
      orphans.observe(KEY, { ...older, provenSequence: 12 });
      expect(counts).toEqual([1, 1]);
      expect(events).toMatchObject([
        { type: 'Warning', reason: 'RecordRolledBack', note: expect.stringMatching(/accept-rollback: "9"$/) as string },
        {
          type: 'Warning',
          reason: 'RecordRolledBack',
          note: expect.stringMatching(/accept-rollback: "12"$/) as string,
        },
      ]);
      orphans.observe(KEY, orphan);
      expect(events.at(-1)).toMatchObject({ reason: 'Orphaned' });
    },
  );

  test.each([
    {
      name: 'withdrawal',
      annotation: 'keywright.dev/withdraw',
      wanted: OWNER,
      wrong: 'withdrawOrder',
      facts: orphan,
    },
    {
      name: 'acceptance',
      annotation: 'keywright.dev/accept-rollback',
      wanted: '9',
      wrong: 'acceptedSequence',
      facts: { ...orphan, provenSequence: 9 },
    },
  ])(
    'answers an order of $name in the wrong words with the right ones, each time',
    ({ annotation, wanted, wrong, facts }) => {
      const { orphans, events } = watched();
      orphans.observe(KEY, facts);
      for (const given of ['wrong', 'wrong', 'still wrong', wanted]) {
        orphans.observe(KEY, { ...facts, record: { ...facts.record, [wrong]: given } });
      }
      const note = `The annotation ${annotation} has another value than "${wanted}": nothing was done`;
      const answer = { type: 'Warning', action: 'Reconcile', reason: 'OrderMismatch', note };
      expect(events.slice(1)).toEqual([answer, answer]);
    },
  );

  test('answers such an order of a retained key too, which is no orphan', () => {
    const { orphans, events, counts } = watched();
    const record = recordOf({ phase: 'Retained' });
    for (const withdrawOrder of [undefined, 'wrong', 'wrong', OWNER]) {
      orphans.observe(KEY, { ...orphan, record: { ...record, withdrawOrder } as KeyObjectFacts['record'] });
    }
    expect(events.map(({ reason }) => reason)).toEqual(['OrderMismatch']);
    orphans.forget(KEY);
    expect(counts.every((count) => count === 0)).toBe(true);
  });

  test.each<{ name: string; facts: KeyObjectFacts }>([
    { name: 'a declared key', facts: settled() },
    { name: 'a tombstone', facts: { ...orphan, record: recordOf({ phase: 'Withdrawn' }) } },
    { name: 'a key without a record', facts: { ...orphan, record: { kind: 'Absent' } } },
    { name: 'a record nobody can read now', facts: { ...orphan, installation: 'InstallationMissing' } },
  ])('does not take $name for one', ({ facts }) => {
    const { orphans, events, counts } = watched();
    orphans.observe(KEY, facts);
    expect(events).toEqual([]);
    expect(counts).toEqual([]);
  });
});
