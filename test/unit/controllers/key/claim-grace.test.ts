import { describe, expect, test } from 'vitest';
import { claimGraceEndsAt } from '../../../../src/controllers/key/claim-grace.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import { apiKeyOf, hoursFromNow, NOW, settled } from '../../../support/facts.ts';
import type { DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';

const metadata = { ...apiKeyOf().metadata, creationTimestamp: hoursFromNow(0) };

/** A new key, with the status the schema gives it, whose project is there and not claimed. */
function after(seconds: number, given: Partial<DeclaredFacts> = {}): DeclaredFacts {
  return settled({
    now: new Date(NOW.getTime() + seconds * 1000),
    object: apiKeyOf({}, { metadata, status: { observedGeneration: -1 } }),
    record: { kind: 'Absent' },
    provenSequence: 0,
    project: { kind: 'Unclaimed' },
    ...given,
  });
}

describe('planKey for a project that is there and not claimed', () => {
  test('says nothing of it for 5 s after the creation of the key', () => {
    expect(planKey(after(4))).toBeUndefined();
    expect(planKey(after(5))?.kind).toBe('WriteStatus');
  });

  test.each<{ name: string; given: Partial<DeclaredFacts> }>([
    {
      name: 'on a key that has a report already',
      given: { object: apiKeyOf({}, { metadata, status: { observedGeneration: 1 } }) },
    },
    { name: 'that the installation cannot be read', given: { installation: 'KEKMissing' } },
    { name: 'that there is no project at all', given: { project: { kind: 'Missing' } } },
  ])('reports at once $name', ({ given }) => {
    expect(planKey(after(0, given))?.kind).toBe('WriteStatus');
  });
});

describe('claimGraceEndsAt', () => {
  test('is 5 s after creation, while that is ahead', () => {
    expect(claimGraceEndsAt(after(4))).toBe(NOW.getTime() + 5_000);
    expect(claimGraceEndsAt(after(5))).toBeUndefined();
  });

  test('is none for an orphan', () => {
    expect(claimGraceEndsAt({ ...after(0), object: undefined })).toBeUndefined();
  });
});
