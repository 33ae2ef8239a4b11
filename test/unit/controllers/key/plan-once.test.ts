import { describe, expect, test } from 'vitest';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { Step } from '../../../../src/controllers/key/step.ts';
import { placeKey } from '../../../../src/controllers/planning/secret-view.ts';
import { apiKeyOf, EU, held, observing, settled } from '../../../support/facts.ts';
import type { DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';

describe('planKey computes the status of a key, and its MAC, once', () => {
  const lost = { observations: observing(settled(), { [placeKey(held(EU))]: { kind: 'Absent', live: false } }) };
  test.each<{ name: string; given: Partial<DeclaredFacts>; want: Step['kind'] | undefined }>([
    { name: 'when nothing is to be done', given: {}, want: undefined },
    { name: 'for a report', given: { object: apiKeyOf() }, want: 'WriteStatus' },
    { name: 'for Secrets to write', given: lost, want: 'Deliver' },
  ])('$name', ({ given, want }) => {
    let signatures = 0;
    const facts = settled(given);
    const step = planKey({
      ...facts,
      signLedger: (sequence, view) => {
        signatures += 1;
        return facts.signLedger(sequence, view);
      },
    });
    expect(step?.kind).toBe(want);
    expect(signatures).toBe(1);
  });
});
