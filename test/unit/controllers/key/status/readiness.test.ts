import { describe, expect, test } from 'vitest';
import { namespaceRows } from '../../../../../src/controllers/key/status/namespace-rows.ts';
import { conditionPatches, graceEndsAt } from '../../../../../src/controllers/key/status/readiness.ts';
import { KeywrightError } from '../../../../../src/errors.ts';
import type { InstallationHealth } from '../../../../../src/controllers/planning/key-facts.ts';
import { placeKey, type Observation } from '../../../../../src/controllers/planning/secret-view.ts';
import {
  ABSENT,
  apiKeyOf,
  clusterOf,
  EU,
  foreignSecret,
  held,
  hoursFromNow,
  keyProjectOf,
  NOW,
  observing,
  OWNER,
  present,
  projectFacts,
  recordOf,
  settled,
  stagingEntry,
  US,
  versionEntry,
} from '../../../../support/facts.ts';
import { shownConditions, type ShownCondition } from '../../../../support/shown-conditions.ts';
import type { MintOrder } from '../../../../../src/controllers/planning/record-change.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';

type Given = Partial<DeclaredFacts>;

function conditions(given: Given): ReturnType<typeof shownConditions> {
  return shownConditions(settled(given));
}

const young = { metadata: { ...apiKeyOf().metadata, creationTimestamp: hoursFromNow(-0.01) } };
const seen = (place: string, observation: Observation): Given => ({
  observations: observing(settled(), { [place]: observation }),
});
const inEu = placeKey(held(EU));
const withoutEu = { project: projectFacts(keyProjectOf(), clusterOf({ [EU]: undefined })) };
const reserved = {
  project: projectFacts(
    keyProjectOf({
      environments: [
        { name: 'staging', namespaces: ['payments-staging'] },
        { name: 'production', namespaces: [EU, US, 'operator'] },
      ],
    }),
  ),
};
const unmapped = projectFacts(
  keyProjectOf({ environments: [{ name: 'staging', namespaces: ['payments-staging'] }, { name: 'production' }] }),
);
const conflict = seen(inEu, present(foreignSecret(held(EU))));

describe('conditionPatches', () => {
  test('of a settled key are all True, and nothing is reconciling or stalled', () => {
    expect(conditions({})).toEqual({
      Ready: ['True', 'Delivered', 'Delivered to 3 of 3 namespaces'],
      Accepted: ['True', 'Valid', 'The spec agrees with the project'],
      Issued: ['True', 'Generated', 'Every environment has a current version'],
      Deployed: ['True', 'AllReady', '3 of 3 namespaces carry the current version'],
    });
  });

  test.each([
    { name: 'delivered', spec: {}, message: /^Delivered to 3 of 3 namespaces; the annotation/ },
    { name: 'suspended', spec: { suspended: true }, message: /^Suspended.*; the annotation/ },
  ])('of a key that is $name tell of an order too long to be followed', ({ spec, message }) => {
    const key = apiKeyOf(spec);
    const metadata = { ...key.metadata, annotations: { 'keywright.dev/rotate': 'x'.repeat(129) } };
    const { Ready } = conditions({ object: { ...key, metadata } });
    expect(Ready?.[0]).toBe('True');
    expect(Ready?.[2]).toMatch(message);
    expect(Ready?.[2]).toContain(
      'the annotation keywright.dev/rotate has more than 128 characters and is not followed; shorten it',
    );
  });

  test('speak about the generation that was looked at', () => {
    const facts = settled({ object: apiKeyOf({}, { metadata: { ...apiKeyOf().metadata, generation: 7 } }) });
    const generations = conditionPatches(facts, namespaceRows(facts)).map(
      ({ observedGeneration }) => observedGeneration,
    );
    expect(new Set(generations)).toEqual(new Set([7]));
  });

  test.each<{ name: string; given: Given; reason: string; message: string }>([
    {
      name: 'Secrets are being written',
      given: seen(inEu, ABSENT),
      reason: 'Delivering',
      message: 'Versions are minted and Secrets written',
    },
    {
      name: 'nothing is minted yet',
      given: { record: { kind: 'Absent' }, provenSequence: 0 },
      reason: 'Delivering',
      message: 'Versions are minted and Secrets written',
    },
    {
      name: 'the project waits to be claimed',
      given: { project: { kind: 'Unclaimed' } },
      reason: 'Pending',
      message: 'Waiting for the KeyProject to be claimed',
    },
    {
      name: 'the project of a young key does not exist yet',
      given: { project: { kind: 'Missing' }, object: apiKeyOf({}, young) },
      reason: 'ProjectNotFound',
      message:
        'KeyProject "payments" does not exist; ask the platform team, or correct spec.project. What is delivered stays',
    },
    {
      name: 'a namespace of a young key does not exist yet',
      given: { ...withoutEu, object: apiKeyOf({}, young) },
      reason: 'NamespaceMissing',
      message:
        'Environment "production", namespace "payments-prod-eu": The namespace does not exist; create it, or take it out of the KeyProject',
    },
    {
      name: 'an environment of a young key maps to no namespace yet; create one, or correct the KeyProject',
      given: { project: unmapped, object: apiKeyOf({}, young) },
      reason: 'NamespaceMissing',
      message: 'Environment "production" maps to no namespace yet; create one, or correct the KeyProject',
    },
    {
      name: 'the key is being deleted',
      given: { object: apiKeyOf({}, { metadata: { ...young.metadata, deletionTimestamp: hoursFromNow(0) } }) },
      reason: 'Withdrawing',
      message: 'The key is being deleted; its Secrets are withdrawn',
    },
  ])('are Unknown and reconciling while $name', ({ given, reason, message }) => {
    const all = conditions(given);
    expect(all['Ready']).toEqual(['Unknown', reason, message]);
    expect(all['Reconciling']).toEqual(['True', reason, message]);
    expect(all).not.toHaveProperty('Stalled');
  });

  const orders = (...environments: readonly string[]): readonly MintOrder[] =>
    environments.map((environment) => ({
      environment,
      version: 2,
      cause: 'FirstIssue',
      material: { kind: 'Crypto', algorithm: 'RSA-4096', isShared: false },
    }));

  test('say which slow key is being made, and keep saying that everything delivered is in place', () => {
    const all = conditions({ making: orders('production') });
    const generating = ['Generating', 'Generating RSA-4096 for environment "production"'];
    expect(all['Ready']).toEqual(['Unknown', ...generating]);
    expect(all['Reconciling']).toEqual(['True', ...generating]);
    expect(all['Deployed']).toEqual(['True', 'AllReady', '3 of 3 namespaces carry the current version']);
  });

  test('count the slow keys beside the first, and name what is broken before them', () => {
    const making = orders('staging', 'production');
    expect(conditions({ making })['Ready']?.[2]).toBe('Generating RSA-4096 for environment "staging" (and 1 more)');
    expect(conditions({ making, ...conflict })['Ready']?.slice(0, 2)).toEqual(['False', 'SecretConflict']);
  });

  test.each<{ name: string; given: Given; reason: string; message: string }>([
    {
      name: 'a namespace does not exist',
      given: withoutEu,
      reason: 'NamespaceMissing',
      message:
        'Environment "production", namespace "payments-prod-eu": The namespace does not exist; create it, or take it out of the KeyProject',
    },
    {
      name: 'an environment maps to no namespace',
      given: { project: unmapped },
      reason: 'NamespaceMissing',
      message: 'Environment "production" maps to no namespace yet; create one, or correct the KeyProject',
    },
    {
      name: 'several namespaces fail in ways that a retry may mend',
      given: {
        observations: observing(settled(), {
          [inEu]: { kind: 'Unreachable', cause: 'QuotaExceeded' },
          [placeKey(held(US))]: { kind: 'Unreachable', cause: 'Forbidden' },
        }),
      },
      reason: 'QuotaExceeded',
      message:
        'Environment "production", namespace "payments-prod-eu": A ResourceQuota of the namespace is used up; raise it (and 1 more)',
    },
  ])('are False and retried when $name', ({ given, reason, message }) => {
    const all = conditions(given);
    expect(all['Ready']).toEqual(['False', reason, message]);
    expect(all['Deployed']?.[1]).toBe(all['Deployed']?.[0] === 'True' ? 'AllReady' : reason);
    expect(all).not.toHaveProperty('Reconciling');
    expect(all).not.toHaveProperty('Stalled');
  });

  test.each<{ name: string; given: Given; reason: string; message: string }>([
    {
      name: 'the project does not exist',
      given: { project: { kind: 'Missing' } },
      reason: 'ProjectNotFound',
      message:
        'KeyProject "payments" does not exist; ask the platform team, or correct spec.project. What is delivered stays',
    },
    {
      name: 'the key is not accepted, young or not',
      given: { project: projectFacts(keyProjectOf({ authorNamespaces: [] })), object: apiKeyOf({}, young) },
      reason: 'NamespaceNotAllowed',
      message:
        'KeyProject "payments" does not list namespace "payments-config" in spec.authorNamespaces; declare the key in one it lists, or ask the platform team to add this one',
    },
    {
      name: 'a foreign Secret has a wanted name',
      given: conflict,
      reason: 'SecretConflict',
      message:
        'Environment "production", namespace "payments-prod-eu": Secret "checkout" is not this key\'s; rename the output, or consent on it' +
        ` (keywright.dev/adopt=${OWNER})`,
    },
    {
      name: 'somebody has to edit something, whatever else is retried',
      given: {
        ...withoutEu,
        observations: observing(settled(), { [placeKey(held(US))]: present(foreignSecret(held(US))) }),
      },
      reason: 'SecretConflict',
      message:
        'Environment "production", namespace "payments-prod-us": Secret "checkout" is not this key\'s; rename the output, or consent on it' +
        ` (keywright.dev/adopt=${OWNER}) (and 1 more)`,
    },
    {
      name: "the project lists the operator's own namespace",
      given: reserved,
      reason: 'NamespaceReserved',
      message:
        'Environment "production", namespace "operator": The namespace is the operator\'s own and never served; take it out of the KeyProject',
    },
    {
      name: 'an environment has expired, though the project is on its way out',
      given: {
        object: apiKeyOf({ environments: [{ name: 'staging' }, { name: 'production', expiresAt: hoursFromNow(-1) }] }),
        project: projectFacts(
          keyProjectOf({}, { metadata: { ...keyProjectOf().metadata, deletionTimestamp: hoursFromNow(0) } }),
        ),
      },
      reason: 'Expired',
      message: 'Environment "production" expired at 2027-03-01T11:00:00Z; set a later expiresAt to restore it',
    },
    {
      name: 'an environment has expired',
      given: {
        object: apiKeyOf({ environments: [{ name: 'staging' }, { name: 'production', expiresAt: hoursFromNow(-1) }] }),
      },
      reason: 'Expired',
      message: 'Environment "production" expired at 2027-03-01T11:00:00Z; set a later expiresAt to restore it',
    },
    {
      name: 'the record does not verify',
      given: { record: { kind: 'Invalid', problem: 'BadMac', resourceVersion: '1' } },
      reason: 'RecordInvalid',
      message:
        "The key's record does not verify (BadMac); restore it from a backup, or delete it to have it rebuilt from the delivered Secrets",
    },
    {
      name: 'the record is older than what was delivered',
      given: { provenSequence: 9 },
      reason: 'RecordRolledBack',
      message:
        'The key\'s record is older than what was delivered; restore it, or annotate the key with keywright.dev/accept-rollback: "9"',
    },
  ])('are False and stalled when $name', ({ given, reason, message }) => {
    const all = conditions(given);
    expect(all['Ready']).toEqual(['False', reason, message]);
    expect(all['Stalled']).toEqual(['True', reason, message]);
    expect(all).not.toHaveProperty('Reconciling');
  });

  test.each<InstallationHealth>([
    'InstallationMissing',
    'InstallationMalformed',
    'KEKMissing',
    'KeyringMalformed',
    'PeppersMissing',
    'PeppersMalformed',
  ])('are stalled with reason %s before anything else is asked', (installation) => {
    const given = {
      installation,
      project: { kind: 'Missing' },
      record: { kind: 'Invalid', problem: 'BadMac', resourceVersion: '' },
    } as const;
    expect(conditions(given)['Stalled']?.[1]).toBe(installation);
  });

  describe('of a key over which a pass failed', () => {
    const after = (failure: KeywrightError, given: Given = {}): ReturnType<typeof shownConditions> =>
      shownConditions(settled(given), failure);
    const tooLarge = new KeywrightError('KW_RECORD_TOO_LARGE', { limitBytes: 716_800 });
    const refused = new KeywrightError('KW_RECORD_REFUSED', { status: 403 });

    test('are stalled where only an edit helps', () => {
      const all = after(tooLarge);
      expect(all['Ready']).toEqual(['False', 'TooLarge', tooLarge.message]);
      expect(all['Stalled']).toEqual(['True', 'TooLarge', tooLarge.message]);
    });

    test('are False and retried where a retry may help', () => {
      const all = after(refused);
      expect(all['Ready']).toEqual(['False', 'Forbidden', refused.message]);
      for (const type of ['Stalled', 'Reconciling']) expect(all).not.toHaveProperty(type);
    });

    test('tell of the rest as ever, and of the failure before a suspension', () => {
      const all = after(refused, { object: apiKeyOf({ suspended: true }) });
      expect(all['Ready']?.slice(0, 2)).toEqual(['False', 'Forbidden']);
      expect(all['Accepted']?.slice(0, 2)).toEqual(['True', 'Valid']);
      expect(all['Deployed']?.slice(0, 2)).toEqual(['True', 'AllReady']);
    });
  });

  describe('call issued', () => {
    const over = hoursFromNow(-1);
    const never = { record: { kind: 'Absent' }, provenSequence: 0, observations: new Map() } as const;
    const suspendedByProject = (...names: readonly string[]): Given => ({
      project: projectFacts(
        keyProjectOf({
          environments: keyProjectOf().spec.environments.map((one) => ({
            ...one,
            suspended: names.includes(one.name),
          })),
        }),
      ),
    });

    test.each<{ name: string; given: Given; want: ShownCondition }>([
      {
        name: 'nothing of a key whose every environment had expired before',
        given: { ...never, object: apiKeyOf({ expiresAt: over }) },
        want: ['False', 'Expired', 'Every environment has expired, and none has a version'],
      },
      {
        name: 'nothing of a key whose every environment the project suspended before',
        given: { ...never, ...suspendedByProject('staging', 'production') },
        want: ['Unknown', 'EnvironmentSuspended', 'Nothing is issued while the project suspends every environment'],
      },
      {
        name: 'nothing of a key one of whose environments had expired and the other is suspended',
        given: {
          ...never,
          ...suspendedByProject('staging'),
          object: apiKeyOf({ environments: [{ name: 'staging' }, { name: 'production', expiresAt: over }] }),
        },
        want: ['Unknown', 'EnvironmentSuspended', 'Nothing is issued while the project suspends every environment'],
      },
      {
        name: 'nothing of an expired key whose recovery window is over',
        given: {
          object: apiKeyOf({ environments: [{ name: 'staging', expiresAt: over }] }),
          record: recordOf({
            environments: [
              stagingEntry({ state: 'Withdrawn', versions: [versionEntry('staging', 1, { state: 'Retired' })] }),
            ],
          }),
        },
        want: ['False', 'Expired', 'Every environment has expired, and none has a version'],
      },
      {
        name: 'a key that expired after it was issued',
        given: { object: apiKeyOf({ expiresAt: over }) },
        want: ['True', 'Generated', 'Every environment has a current version'],
      },
      {
        name: 'what remains of a key one of whose environments had expired before',
        given: {
          record: recordOf({ environments: [stagingEntry()] }),
          object: apiKeyOf({ environments: [{ name: 'staging' }, { name: 'production', expiresAt: over }] }),
        },
        want: ['True', 'Generated', 'Every environment that is neither expired nor suspended has a current version'],
      },
    ])('$name', ({ given, want }) => {
      expect(conditions(given)['Issued']).toEqual(want);
    });
  });

  describe('of a suspended key', () => {
    const suspended = { object: apiKeyOf({ suspended: true }) };

    test('are Ready=True with that reason', () => {
      expect(conditions(suspended)['Ready']).toEqual([
        'True',
        'Suspended',
        'Suspended: verifiers refuse the key, its Secrets stay',
      ]);
    });

    test('are so before the first mint too, and say that there are no Secrets', () => {
      const all = conditions({ ...suspended, record: { kind: 'Absent' }, provenSequence: 0, observations: new Map() });
      expect(all['Ready']).toEqual([
        'True',
        'Suspended',
        'Suspended, and nothing is in force: there are no Secrets; set spec.suspended to false to have them issued',
      ]);
      expect(all['Issued']?.slice(0, 2)).toEqual(['Unknown', 'Pending']);
      expect(all['Deployed']?.slice(0, 2)).toEqual(['Unknown', 'Pending']);
    });

    test('tell of a failure all the same', () => {
      expect(conditions({ ...suspended, ...conflict })['Ready']?.slice(0, 2)).toEqual(['False', 'SecretConflict']);
    });
  });

  test('do not count an environment the project suspended', () => {
    const [staging, production] = keyProjectOf().spec.environments;
    if (staging === undefined || production === undefined) throw new RangeError('The project has two environments');
    const project = projectFacts(keyProjectOf({ environments: [staging, { ...production, suspended: true }] }));
    const all = conditions({ project, record: recordOf({ environments: [stagingEntry()] }) });
    expect(all['Ready']).toEqual(['True', 'Delivered', 'Delivered to 1 of 1 namespaces']);
    expect(all['Issued']?.[0]).toBe('True');
    expect(all['Deployed']).toEqual(['True', 'AllReady', '1 of 1 namespaces carry the current version']);
  });

  test('show what is delivered while the project is missing', () => {
    const frozen = conditions({ project: { kind: 'Missing' } });
    expect(frozen['Ready']?.slice(0, 2)).toEqual(['False', 'ProjectNotFound']);
    expect(frozen['Deployed']).toEqual(['True', 'AllReady', '3 of 3 namespaces carry the current version']);
  });

  test('call nothing deployed where there is no namespace to deploy to', () => {
    const waiting = conditions({ project: { kind: 'Missing' }, record: { kind: 'Absent' } });
    expect(waiting['Deployed']).toEqual(['Unknown', 'Pending', '0 of 0 namespaces carry the current version']);
  });

  test('show acceptance and delivery apart', () => {
    const frozen = conditions({ project: projectFacts(keyProjectOf({ authorNamespaces: [] })) });
    expect(frozen['Accepted']?.slice(0, 2)).toEqual(['False', 'NamespaceNotAllowed']);
    expect(frozen['Deployed']?.slice(0, 2)).toEqual(['True', 'AllReady']);
    const waiting = conditions({ project: { kind: 'Unclaimed' } });
    expect(waiting['Accepted']?.slice(0, 2)).toEqual(['Unknown', 'Pending']);
  });

  test('blame nothing on a foreign Secret while a frozen key is merely not delivered', () => {
    const frozen = conditions({
      project: projectFacts(keyProjectOf({ authorNamespaces: [] })),
      observations: new Map(),
    });
    expect(frozen['Deployed']?.slice(0, 2)).toEqual(['Unknown', 'Pending']);
  });

  test('name the environment that has no version yet', () => {
    expect(conditions({ record: recordOf({ environments: [stagingEntry()] }) })['Issued']).toEqual([
      'Unknown',
      'Pending',
      'Environment "production" has no version yet',
    ]);
  });
});

describe('graceEndsAt', () => {
  test('is a minute after creation, while that is ahead', () => {
    const created = new Date(NOW.getTime() - 59_000).toISOString();
    const metadata = { ...apiKeyOf().metadata, creationTimestamp: created };
    expect(graceEndsAt(settled({ object: apiKeyOf({}, { metadata }) }))).toEqual(new Date(NOW.getTime() + 1000));
  });

  test('is over for a key of an hour, and for one without a creation time', () => {
    expect(graceEndsAt(settled())).toBeUndefined();
    const { creationTimestamp: _none, ...metadata } = apiKeyOf().metadata;
    expect(graceEndsAt(settled({ object: apiKeyOf({}, { metadata }) }))).toBeUndefined();
  });
});
