import { describe, expect, test } from 'vitest';
import type { ApiKeyFacts } from '../../../../src/controllers/api-key/facts.ts';
import { planApiKey } from '../../../../src/controllers/api-key/plan.ts';
import type { Step } from '../../../../src/controllers/api-key/step.ts';
import { apiKeyOf, hoursFromNow, settled } from '../../../support/facts.ts';

const published = settled().object.status ?? {};
const deleting = { ...apiKeyOf().metadata, deletionTimestamp: hoursFromNow(0) };

function kindOf(facts: ApiKeyFacts): Step['kind'] | undefined {
  return planApiKey(facts)?.kind;
}

describe('planApiKey for an object that others keep changing', () => {
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
