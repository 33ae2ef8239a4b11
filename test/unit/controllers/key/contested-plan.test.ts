import { describe, expect, test } from 'vitest';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { Step } from '../../../../src/controllers/key/step.ts';
import { apiKeyOf, hoursFromNow, settled } from '../../../support/facts.ts';
import type { KeyObjectFacts } from '../../../../src/controllers/planning/key-rules.ts';

const published = settled().object.status ?? {};
const deleting = { ...apiKeyOf().metadata, deletionTimestamp: hoursFromNow(0) };

function kindOf(facts: KeyObjectFacts): Step['kind'] | undefined {
  return planKey(facts)?.kind;
}

describe('planKey for an object that others keep changing', () => {
  test('goes on with a deletion whose status could not be written, as it would after it', () => {
    const facts = settled({ object: apiKeyOf({}, { metadata: deleting, status: published }) });
    expect(kindOf(facts)).toBe('WriteStatus');
    expect(kindOf({ ...facts, isContested: true })).toBe('ConfirmLive');
    expect(kindOf({ ...facts, isContested: true, isLive: true })).toBe('WriteRecord');
  });

  test('still publishes a suspension before anything else', () => {
    const object = apiKeyOf({ suspended: true }, { status: published });
    expect(kindOf(settled({ object, isContested: true }))).toBe('WriteStatus');
  });
});
