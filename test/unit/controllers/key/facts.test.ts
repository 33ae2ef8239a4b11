import { describe, expect, test } from 'vitest';
import { targetsOf } from '../../../../src/controllers/key/facts.ts';
import type { Claim } from '../../../../src/controllers/planning/claims.ts';
import { placeKey } from '../../../../src/controllers/planning/secret-view.ts';
import {
  apiKeyOf,
  environmentOf,
  EU,
  held,
  hoursFromNow,
  MINTED_AT,
  OWNER,
  recordOf,
  settled,
} from '../../../support/facts.ts';

describe('targetsOf', () => {
  test('map to no namespace while the project is not ours to read', () => {
    const targets = targetsOf(settled({ project: { kind: 'Missing' } }));
    expect(targets.map(({ name, namespaces }) => [name, namespaces])).toEqual([
      ['staging', []],
      ['production', []],
    ]);
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
