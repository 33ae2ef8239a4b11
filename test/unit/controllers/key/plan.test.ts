import { describe, expect, test } from 'vitest';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { Step } from '../../../../src/controllers/key/step.ts';
import { placeKey } from '../../../../src/controllers/planning/secret-view.ts';
import {
  apiKeyOf,
  clusterOf,
  deliveredEverywhere,
  EU,
  foreignSecret,
  held,
  hoursFromNow,
  keyProjectOf,
  ledgerOf,
  MINTED_AT,
  observing,
  owed,
  present,
  productionEntry,
  projectFacts,
  recordOf,
  reported,
  secretView,
  settled,
  stagingEntry,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';
import type { KeyObjectFacts, DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';
import { everywhereV2, rolledBack } from './settlement/rolled-back.ts';

const deleting = { metadata: { ...apiKeyOf().metadata, deletionTimestamp: hoursFromNow(0) } };
const { finalizers: _ours, ...bare } = apiKeyOf().metadata;

describe('planKey', () => {
  const kindOf = (facts: KeyObjectFacts): Step['kind'] | undefined => planKey(facts)?.kind;

  test('plans nothing for the settled key, by the cache or live', () => {
    expect(planKey(settled())).toBeUndefined();
    expect(planKey(settled({ isLive: true }))).toBeUndefined();
  });

  test.each<{ name: string; given: Partial<DeclaredFacts> }>([
    {
      name: 'a project of another installation',
      given: { project: { kind: 'Elsewhere', owner: 'other', installation: 'own', reportedBy: 'Us' } },
    },
    { name: 'a lost installation whose report stands', given: {} },
  ])('leaves $name alone', ({ given }) => {
    expect(kindOf(settled(given))).toBeUndefined();
  });

  test.each<{ name: string; given: Partial<DeclaredFacts> }>([
    { name: 'the installation is missing', given: { installation: 'InstallationMissing' } },
    { name: 'the KEK is missing', given: { installation: 'KEKMissing', object: apiKeyOf({}, deleting) } },
    {
      name: 'the record does not verify',
      given: { record: { kind: 'Invalid', problem: 'BadMac', resourceVersion: '1' } },
    },
    {
      name: 'a key with an unreadable record is being deleted',
      given: { record: { kind: 'Invalid', problem: 'BadMac', resourceVersion: '1' }, object: apiKeyOf({}, deleting) },
    },
    { name: 'the record is rolled back and nothing settles it', given: { provenSequence: 9 } },
    { name: 'the record is gone and nothing settles it', given: { provenSequence: 9, record: { kind: 'Absent' } } },
    { name: 'the project is missing', given: { project: { kind: 'Missing' } } },
    { name: 'the project is not claimed yet', given: { project: { kind: 'Unclaimed' } } },
  ])('only reports while $name', ({ given }) => {
    const lost = observing(settled(), { [placeKey(held(EU))]: undefined, [placeKey(held(US))]: undefined });
    expect(kindOf(settled({ observations: lost, ...given }))).toBe('WriteStatus');
  });

  test('gives the finalizer back to a key that has Secrets out', () => {
    expect(planKey(settled({ object: { ...settled().object, metadata: bare } }))).toEqual({ kind: 'AddFinalizer' });
  });

  test('asks for no finalizer while there is nothing to hold', () => {
    const project = projectFacts(
      keyProjectOf(),
      clusterOf({ 'payments-staging': undefined, [EU]: undefined, [US]: undefined }),
    );
    const facts = settled({
      object: apiKeyOf({}, { metadata: bare }),
      record: { kind: 'Absent' },
      project,
      provenSequence: 0,
    });
    expect(kindOf(facts)).toBe('WriteStatus');
  });

  describe('for a key that is being deleted', () => {
    const gone = (changes: Partial<DeclaredFacts>): DeclaredFacts => {
      const { status: _status, ...object } = apiKeyOf({}, deleting);
      return settled({ object, ...changes });
    };

    test.each<{ name: string; given: Partial<DeclaredFacts> }>([
      { name: 'there is no record', given: { record: { kind: 'Absent' }, provenSequence: 0 } },
      { name: 'the record is another namespace’s', given: { record: recordOf({ namespace: 'elsewhere' }) } },
      { name: 'the whole kind is being deleted', given: { kindIsTerminating: true } },
      {
        name: 'the whole kind is being deleted, whose record does not verify',
        given: { kindIsTerminating: true, record: { kind: 'Invalid', problem: 'BadMac', resourceVersion: '1' } },
      },
      {
        name: 'all that is owed cannot be reached',
        given: {
          record: recordOf({
            phase: 'Withdrawn',
            environments: [productionEntry({ state: 'Withdrawn', places: [owed(EU)] })],
          }),
          observations: new Map([[placeKey(owed(EU)), { kind: 'Unreachable', cause: 'Forbidden' }]]),
        },
      },
    ])('lets go when $name', ({ given }) => {
      expect(planKey(gone(given))).toEqual({ kind: 'RemoveFinalizer' });
    });

    test('lets go of one with a record that was rolled back, and settles nothing, when the whole kind is being deleted', () => {
      const facts = rolledBack(everywhereV2, { object: apiKeyOf({}, deleting) });
      expect(planKey(facts)?.kind).toBe('WriteRecord');
      expect(planKey({ ...facts, kindIsTerminating: true })?.kind).toBe('RemoveFinalizer');
    });

    test('has nothing left to do without our finalizer', () => {
      const object = apiKeyOf({}, { metadata: { ...deleting.metadata, finalizers: ['other'] } });
      expect(planKey(gone({ record: { kind: 'Absent' }, provenSequence: 0, object }))).toBeUndefined();
    });
  });

  test('writes no Secret of a frozen key, whatever drifted', () => {
    const frozen = settled({ project: projectFacts(keyProjectOf({ authorNamespaces: [] })) });
    const drifted = {
      ...frozen,
      observations: observing(frozen, { [placeKey(held(EU))]: { kind: 'Absent', live: true } }),
    };
    expect(kindOf(drifted)).toBe('WriteStatus');
  });

  test('still withdraws what the spec of a frozen key drops', () => {
    const frozen = settled({
      isLive: true,
      object: apiKeyOf({ environments: [{ name: 'staging' }] }),
      project: { kind: 'Missing' },
    });
    const step = planKey(frozen);
    expect(step?.kind === 'WriteRecord' && step.change.ledger.environments.map(({ state }) => state)).toEqual([
      'Active',
      'Withdrawn',
    ]);
  });

  test('destroys withdrawn material of a frozen key when its window is over', () => {
    const environments = [
      stagingEntry(),
      productionEntry({ state: 'Withdrawn', destroyAt: hoursFromNow(0), places: [] }),
    ];
    const sealed = [{ environment: 'production', version: 1, field: 'token' }] as const;
    const frozen = reported(
      settled({
        record: recordOf({ environments }, { sealed }),
        project: projectFacts(keyProjectOf({ authorNamespaces: [] })),
      }),
    );
    expect(planKey(frozen)).toMatchObject({ kind: 'WriteRecord', change: { drop: sealed } });
  });

  test.each([
    { name: 'keeps, for an hour, a version', hours: -0.9, want: undefined },
    { name: 'gives up after an hour a version', hours: -1, want: 'Retired' },
  ])('$name whose overlap is over while the Secrets of a frozen key keep it', ({ hours, want }) => {
    const versions = [
      versionEntry('production', 2, { cause: 'Triggered' }),
      versionEntry('production', 1, { state: 'Retiring', retireAt: hoursFromNow(hours) }),
    ];
    const record = recordOf({ lastVersion: 2, environments: [stagingEntry(), productionEntry({ versions })] });
    const project = projectFacts(keyProjectOf({ authorNamespaces: [] }));
    const step = planKey(reported(settled({ record, project })));
    const [, production] = step?.kind === 'WriteRecord' ? step.change.ledger.environments : [];
    expect(production?.versions[1]?.state).toBe(want);
  });

  test('destroys what a tombstone keeps although its key came back as another type', () => {
    const environments = [productionEntry({ state: 'Withdrawn', destroyAt: hoursFromNow(0), places: [] })];
    const sealed = [{ environment: 'production', version: 1, field: 'token' }] as const;
    const record = recordOf({ environments, phase: 'Withdrawn', type: 'Publishable' }, { sealed });
    const step = planKey(reported(settled({ record })));
    expect(step).toMatchObject({ kind: 'WriteRecord', change: { drop: sealed, ledger: { phase: 'Withdrawn' } } });
  });

  test('delivers before it withdraws', () => {
    const production = productionEntry({ places: [held(EU), owed('old'), held(US)] });
    const inOld = present(secretView(wantedOf(owed('old'), 'production', versionEntry('production', 1))));
    const live = new Map([...deliveredEverywhere(ledgerOf()), ['old/checkout', inOld] as const]);
    const facts = settled({ record: recordOf({ environments: [stagingEntry(), production] }), observations: live });
    const lacking = observing(facts, { [placeKey(held(US))]: { kind: 'Absent', live: true } });
    expect(kindOf({ ...facts, observations: lacking })).toBe('Deliver');
    expect(planKey(facts)).toEqual({
      kind: 'Withdraw',
      targets: [{ namespace: 'old', secretName: 'checkout', environment: 'production' }],
    });
  });

  describe('about a Secret at no place of the ledger', () => {
    const stray = secretView(wantedOf(held('old'), 'production', versionEntry('production', 1)));

    test('withdraws it when a proof makes it ours', () => {
      expect(planKey(settled({ proven: [stray] }))).toEqual({
        kind: 'Withdraw',
        targets: [{ namespace: 'old', secretName: 'checkout', environment: undefined }],
      });
    });

    test.each<{ name: string; given: Partial<KeyObjectFacts> }>([
      {
        name: 'a live look found it gone',
        given: { observations: new Map([...settled().observations, ['old/checkout', { kind: 'Absent', live: true }]]) },
      },
      {
        name: 'a live look found it to be somebody else’s by now',
        given: {
          observations: new Map([...settled().observations, ['old/checkout', present(foreignSecret(held('old')))]]),
        },
      },
      {
        name: 'its deletion is under way',
        given: {
          observations: new Map([...settled().observations, ['old/checkout', present({ ...stray, deleting: true })]]),
        },
      },
      { name: 'the key is an orphan', given: { object: undefined } },
    ])('leaves it when $name', ({ given }) => {
      expect(planKey({ ...settled({ proven: [stray] }), ...given })).toBeUndefined();
    });
  });

  test('mints nothing for a key that was suspended before its first look', () => {
    const facts = settled({ object: apiKeyOf({ suspended: true }), record: { kind: 'Absent' }, provenSequence: 0 });
    expect(kindOf(facts)).toBe('WriteStatus');
  });

  test('begins a record with the identity of the key', () => {
    const facts = settled({ record: { kind: 'Absent' }, provenSequence: 0, observations: new Map() });
    const step = planKey(reported(facts));
    expect(step?.kind === 'WriteRecord' && step.change.ledger).toMatchObject({
      format: 1,
      project: 'payments',
      kind: 'ApiKey',
      namespace: 'payments-config',
      name: 'checkout',
      type: 'Secret',
      sequence: 1,
      lastVersion: 1,
      phase: 'Active',
      createdAt: hoursFromNow(0),
    });
  });

  test('takes a settled tombstone over into its own namespace, and counts on', () => {
    const tombstone = recordOf({
      namespace: 'elsewhere',
      phase: 'Withdrawn',
      sequence: 7,
      lastVersion: 4,
      createdAt: MINTED_AT,
      environments: [
        productionEntry({
          state: 'Withdrawn',
          versions: [versionEntry('production', 4, { state: 'Retired' })],
          places: [],
        }),
      ],
    });
    const step = planKey(settled({ isLive: true, record: tombstone, observations: new Map(), object: apiKeyOf({}) }));
    expect(step).toMatchObject({
      kind: 'WriteRecord',
      change: { ledger: { namespace: 'payments-config', phase: 'Active', sequence: 8, lastVersion: 5 } },
    });
  });
});
