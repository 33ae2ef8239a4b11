import { describe, expect, test } from 'vitest';
import { planHandedOver } from '../../../../src/controllers/key/handover-plan.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { Step } from '../../../../src/controllers/key/step.ts';
import { apiKeyOf, hoursFromNow, OWNER, recordOf, settled } from '../../../support/facts.ts';
import type { KeyObjectFacts, DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';

const deleting = { metadata: { ...apiKeyOf().metadata, deletionTimestamp: hoursFromNow(0) } };
type Elsewhere = Extract<KeyObjectFacts['project'], { kind: 'Elsewhere' }>;
const elsewhere = (reportedBy: Elsewhere['reportedBy']): Elsewhere => ({
  kind: 'Elsewhere',
  owner: 'other',
  installation: 'own',
  reportedBy,
});
const INVALID: KeyObjectFacts['record'] = { kind: 'Invalid', problem: 'BadMac', resourceVersion: '1' };

describe('planHandedOver of a key that is being deleted', () => {
  const handedOver = settled({ object: apiKeyOf({}, deleting), project: elsewhere('Us'), isLive: true });
  const unsigned = { statusIsSigned: false };

  test.each<{ name: string; given: Partial<DeclaredFacts> }>([
    { name: 'the owner never reported', given: {} },
    { name: 'the owner never reported and status is lost', given: unsigned },
    { name: 'the owner reported and never served this key', given: { project: elsewhere('Owner') } },
    { name: 'only our record tells that we served it', given: { ...unsigned, project: elsewhere('Unknown') } },
    { name: 'our record is older than what was delivered', given: { provenSequence: 9 } },
    { name: 'our record cannot be believed', given: { record: INVALID } },
    { name: 'no record was written', given: { ...unsigned, record: { kind: 'Absent' } } },
    { name: 'the CRD goes with it', given: { ...unsigned, project: elsewhere('Owner'), kindIsTerminating: true } },
  ])('lets go and touches nothing when $name', ({ given }) => {
    expect(planHandedOver({ ...handedOver, ...given })).toEqual({ kind: 'RemoveFinalizer' });
  });

  test('looks live first, as it may have been handed back', () => {
    expect(planHandedOver({ ...handedOver, isLive: false })).toEqual({ kind: 'ConfirmLive' });
  });

  test.each<{ name: string; given: Partial<DeclaredFacts> }>([
    { name: 'the owner serves it', given: { ...unsigned, project: elsewhere('Owner') } },
    {
      name: 'a third installation served it',
      given: { ...unsigned, project: elsewhere('Unknown'), record: { kind: 'Absent' } },
    },
    { name: 'ours cannot read its keys', given: { installation: 'KEKMissing' } },
    {
      name: 'it is held by others only',
      given: { object: apiKeyOf({}, { metadata: { ...deleting.metadata, finalizers: ['other'] } }) },
    },
  ])('does nothing when $name', ({ given }) => {
    expect(planHandedOver({ ...handedOver, ...given })).toBeUndefined();
  });
});

test.each<{ name: string; given: Partial<KeyObjectFacts>; want: Step['kind'] | undefined }>([
  { name: 'an orphan stays as it is', given: {}, want: undefined },
  {
    name: 'an orphan is withdrawn when an admin orders it',
    given: { record: recordOf({}, { withdrawOrder: OWNER }), isLive: true },
    want: 'WriteRecord',
  },
])('planKey of a record that a project handed over left: $name', ({ given, want }) => {
  expect(planKey({ ...settled(), object: undefined, project: elsewhere('Owner'), ...given })?.kind).toBe(want);
});
