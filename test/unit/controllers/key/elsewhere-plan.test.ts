import { describe, expect, test } from 'vitest';
import type { ApiKey } from '../../../../src/api/generated/api-key.ts';
import type { DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import { apiKeyOf, hoursFromNow, settled } from '../../../support/facts.ts';

/** As the schema's default has it. */
const UNREPORTED: NonNullable<ApiKey['status']> = {
  observedGeneration: -1,
  conditions: [
    {
      type: 'Ready',
      status: 'Unknown',
      reason: 'Pending',
      message: 'Waiting for controller',
      lastTransitionTime: '1970-01-01T00:00:00Z',
      observedGeneration: -1,
    },
  ],
};

/** A key that was restored without its status where another installation runs. */
function restored(changes: Partial<DeclaredFacts> = {}): DeclaredFacts {
  return settled({
    project: { kind: 'Elsewhere', owner: 'other', installation: 'own', reportedBy: 'Unknown' },
    record: { kind: 'Absent' },
    object: apiKeyOf({}, { status: UNREPORTED }),
    ...changes,
  });
}

describe('planKey of a key whose project another installation owns', () => {
  test('says so and what to do when nobody ever reported on the key, once', () => {
    const facts = restored();
    const step = planKey(facts);
    if (step?.kind !== 'WriteStatus') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
    const { status } = step;
    expect(status.observedGeneration).toBe(1);
    expect(status.conditions).toMatchObject([
      {
        type: 'Ready',
        status: 'False',
        reason: 'ClaimedElsewhere',
        message: expect.stringMatching(/"other".*restore its backup.*keywright\.dev\/installation to "own"$/) as string,
      },
      { type: 'Accepted', status: 'False', reason: 'ClaimedElsewhere' },
      { type: 'Stalled', status: 'True', reason: 'ClaimedElsewhere' },
    ]);
    expect(planKey({ ...facts, object: { ...facts.object, status } })).toBeUndefined();
    const edited = { ...facts.object, metadata: { ...facts.object.metadata, generation: 2 }, status };
    expect(planKey({ ...facts, object: edited })).toMatchObject({ status: { observedGeneration: 2 } });
  });

  test.each<{ name: string; given: Partial<DeclaredFacts> }>([
    { name: 'its owner reported on it', given: { object: settled().object } },
    {
      name: 'it appeared less than a minute ago',
      given: {
        object: apiKeyOf(
          {},
          { status: UNREPORTED, metadata: { ...apiKeyOf().metadata, creationTimestamp: hoursFromNow(-0.01) } },
        ),
      },
    },
    { name: 'our own keys cannot be read', given: { installation: 'KEKMissing' } },
  ])('is silent when $name', ({ given }) => {
    expect(planKey(restored(given))).toBeUndefined();
  });
});
