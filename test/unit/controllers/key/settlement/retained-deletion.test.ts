import { describe, expect, test } from 'vitest';
import type { ApiKeySpec, ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import { planKey } from '../../../../../src/controllers/key/plan.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import { placeKey, type Observation, type SecretView } from '../../../../../src/controllers/planning/secret-view.ts';
import { apiKeyOf, EU, held, MINTED_AT, recordOf, reported } from '../../../../support/facts.ts';
import { signedStatus } from '../../../../support/status-signing.ts';
import { everywhereV2, inStaging, NOW_TEXT, proving, recordChange, rolledBack, shownV1 } from './rolled-back.ts';

const sealed = [{ environment: 'production', version: 1, field: 'token' } as const];
const unread: Observation = { kind: 'Unreachable', cause: 'Forbidden' };
const unseen = new Map([...rolledBack([inStaging]).observations, [placeKey(held(EU)), unread]]);
const showingV1 = signedStatus(
  {
    createdAt: MINTED_AT,
    environments: [{ name: 'production', state: 'Active', success: true, versions: [shownV1] }],
  },
  2,
);

interface Declared {
  readonly spec: Partial<ApiKeySpec>;
  readonly status: ApiKeyStatus;
}

/** A key that is being deleted under Retain, whose record is older than what Secrets prove. */
function retaining(
  proven: readonly SecretView[],
  { spec, status, ...changes }: Partial<DeclaredFacts & Declared> = {},
): DeclaredFacts {
  const declared = apiKeyOf({ deletionPolicy: 'Retain', ...spec }, status && { status });
  const object = { ...declared, metadata: { ...declared.metadata, deletionTimestamp: NOW_TEXT } };
  return reported(rolledBack(proven, { record: recordOf({}, { sealed }), object, ...changes }));
}

describe('planKey of a retained key that is deleted with a record older than the world', () => {
  test.each<{ name: string; proven: readonly SecretView[] }>([
    { name: 'by Secrets', proven: everywhereV2 },
    { name: 'by nothing at all, once every place was seen, so that no number comes twice', proven: [] },
  ])('settles $name, and destroys what no Secret carries', ({ proven }) => {
    const change = recordChange(retaining(proven));
    expect([change.ledger.lastVersion, change.drop]).toEqual([9, sealed]);
  });

  test.each<{ name: string; given: DeclaredFacts }>([
    { name: 'a place cannot be read', given: retaining([inStaging], { observations: unseen }) },
    {
      name: 'the record is lost and a place cannot be read',
      given: retaining([inStaging], { observations: unseen, record: { kind: 'Absent' } }),
    },
    {
      name: 'a Secret proves a version that nothing tells of',
      given: retaining([proving(EU, 'production', 2)], { status: showingV1 }),
    },
  ])('lets go and leaves the record as it is while $name', ({ given }) => {
    expect(planKey(given)).toEqual({ kind: 'RemoveFinalizer' });
  });

  test.each<{ name: string; throughVersion?: number }>([
    { name: 'of the key as a whole' },
    { name: 'of a version', throughVersion: 1 },
  ])('settles whatever cannot be seen, before a revocation $name would be forgotten', ({ throughVersion }) => {
    const revocation = { reason: 'Compromised', ...(throughVersion !== undefined && { throughVersion }) } as const;
    const facts = retaining([inStaging], { observations: unseen, spec: { revocation } });
    expect(recordChange(facts).ledger.revocation).toMatchObject(revocation);
  });
});
