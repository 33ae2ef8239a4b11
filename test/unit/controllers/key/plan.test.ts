import { describe, expect, test } from 'vitest';
import type { ApiKeySpec } from '../../../../src/api/generated/api-key.ts';
import type { KeyProjectSpec } from '../../../../src/api/generated/key-project.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { Step } from '../../../../src/controllers/key/step.ts';
import { placeKey } from '../../../../src/controllers/planning/secret-view.ts';
import type { WorldEvent } from '../../../support/world/events.ts';
import { Invariants } from '../../../support/world/invariants.ts';
import { freshWorld, pass } from '../../../support/world/passes.ts';
import { Surroundings } from '../../../support/world/surroundings.ts';
import type { World } from '../../../support/world/world.ts';
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
  OWNER,
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

/** A world in which the key is delivered, and the steps that an event leads to. */
class Story {
  readonly world: World = freshWorld();
  readonly #invariants = new Invariants();
  readonly #surroundings = new Surroundings(this.world);

  constructor() {
    this.pass();
  }

  pass(): readonly Step['kind'][] {
    return pass(this.world, this.#invariants).steps;
  }

  /** Digests of the tokens that Secrets carry, in an order of their own. */
  tokens(): ReadonlySet<string | undefined> {
    return new Set([...this.world.server.secrets.values()].map(({ digests }) => digests['token']));
  }

  after(...events: readonly WorldEvent[]): readonly Step['kind'][] {
    for (const event of events) this.#surroundings.apply(event);
    return this.pass();
  }
}

const editKey = (spec: Partial<ApiKeySpec>): WorldEvent => ({ kind: 'editKey', spec });
const editProject = (spec: Partial<KeyProjectSpec>): WorldEvent => ({ kind: 'editProject', spec });
const hours = (count: number): WorldEvent => ({ kind: 'pass', hours: count });
const withProduction = (...namespaces: readonly string[]): WorldEvent =>
  editProject({
    environments: [
      { name: 'staging', namespaces: ['payments-staging'] },
      { name: 'production', namespaces },
    ],
  });
const onlyStaging = editKey({ environments: [{ name: 'staging' }] });
const bothEnvironments = editKey({ environments: [{ name: 'staging' }, { name: 'production' }] });

describe('planKey orders its steps', () => {
  test('of a first issue in N + 5 writes: finalizer, record, status, Secrets, record, status', () => {
    expect(pass(freshWorld(), new Invariants()).steps).toEqual([
      'AddFinalizer',
      'WriteRecord',
      'WriteStatus',
      'Deliver',
      'WriteRecord',
      'WriteStatus',
    ]);
  });

  test.each<{ name: string; events: readonly WorldEvent[]; want: readonly Step['kind'][] }>([
    { name: 'of nothing at all', events: [], want: [] },
    { name: 'of a description', events: [editKey({ description: 'x' })], want: ['WriteStatus'] },
    {
      name: 'of a key that becomes recoverable, which holds from the next version on',
      events: [editKey({ recoverable: true })],
      want: ['WriteStatus'],
    },
    { name: 'of suspension: status alone', events: [editKey({ suspended: true })], want: ['WriteStatus'] },
    {
      name: 'of a new expiry: verifiers first',
      events: [editKey({ expiresAt: hoursFromNow(30) })],
      want: ['WriteStatus', 'Deliver', 'WriteStatus'],
    },
    { name: 'of a Secret that was deleted', events: [{ kind: 'deleteSecret', index: 1 }], want: ['Deliver'] },
    {
      name: 'of a lost token: a live look, then a new version',
      events: [{ kind: 'deleteSecret', index: 0 }],
      want: ['ConfirmLive', 'WriteRecord', 'WriteStatus', 'Deliver', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of a signing secret: record, then status, then Secrets',
      events: [editKey({ signingSecret: {} })],
      want: ['WriteRecord', 'WriteStatus', 'Deliver', 'WriteStatus'],
    },
    {
      name: 'of a namespace that joins: a place first',
      events: [{ kind: 'createNamespace', namespace: 'new' }, withProduction(EU, US, 'new')],
      want: ['WriteRecord', 'Deliver', 'WriteStatus'],
    },
    {
      name: 'of a namespace that leaves: a live look, owed, deleted, forgotten',
      events: [withProduction(EU)],
      want: ['ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of a renamed Secret: the new one first, then the old one is owed and deleted',
      events: [editKey({ outputs: [{ name: 'app', secretName: 'renamed' }] })],
      want: ['WriteRecord', 'Deliver', 'ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of a removed environment: refused, sealed and owed, deleted, forgotten',
      events: [onlyStaging],
      want: ['WriteStatus', 'ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of an expiry that has come: refused before anything else',
      events: [editKey({ expiresAt: hoursFromNow(-1) })],
      want: ['WriteStatus', 'ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of a deletion: refused, sealed and owed, deleted, forgotten, let go',
      events: [{ kind: 'deleteKey' }],
      want: ['WriteStatus', 'ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'RemoveFinalizer'],
    },
    { name: 'of a wiped status', events: [{ kind: 'wipeStatus' }], want: ['WriteStatus'] },
    { name: 'of an edited status', events: [{ kind: 'editStatus' }], want: ['WriteStatus'] },
    {
      name: 'of a project that is gone: nothing but a report',
      events: [{ kind: 'deleteProject' }],
      want: ['WriteStatus'],
    },
    {
      name: 'of a policy that narrows: nothing but a report',
      events: [editProject({ authorNamespaces: [] })],
      want: ['WriteStatus'],
    },
    {
      name: 'of a key deleted while it is frozen',
      events: [editProject({ authorNamespaces: [] }), { kind: 'deleteKey' }],
      want: ['WriteStatus', 'ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'RemoveFinalizer'],
    },
    {
      name: 'of a suspension together with what needs the record: refused first',
      events: [editKey({ suspended: true, outputs: [{ name: 'app', secretName: 'renamed' }] })],
      want: [
        'WriteStatus',
        'WriteRecord',
        'Deliver',
        'ConfirmLive',
        'WriteRecord',
        'Withdraw',
        'WriteRecord',
        'WriteStatus',
      ],
    },
    {
      name: 'of fewer scopes together with what needs the record: those first',
      events: [editKey({ scopes: [], signingSecret: {} })],
      want: ['WriteStatus', 'WriteRecord', 'WriteStatus', 'Deliver', 'WriteStatus'],
    },
    {
      name: 'of more scopes together with what needs the record: no sooner than the record',
      events: [editKey({ scopes: ['charges.read', 'charges.write'], signingSecret: {} })],
      want: ['WriteRecord', 'WriteStatus', 'Deliver', 'WriteStatus'],
    },
    {
      name: 'of a planted version beside what needs the record: taken out first',
      events: [{ kind: 'plantVersion' }, editKey({ signingSecret: {} })],
      want: ['WriteStatus', 'WriteRecord', 'WriteStatus', 'Deliver', 'WriteStatus'],
    },
  ])('$name', ({ events, want }) => {
    const story = new Story();
    expect(story.after(...events)).toEqual(want);
    expect(story.pass()).toEqual([]);
  });

  test('of an environment that returns inside its window: the same version', () => {
    const story = new Story();
    const before = story.tokens();
    story.after(onlyStaging);
    expect(story.after(bothEnvironments)).toEqual([
      'ConfirmLive',
      'WriteRecord',
      'WriteStatus',
      'Deliver',
      'WriteRecord',
      'WriteStatus',
    ]);
    expect(story.tokens()).toEqual(before);
  });

  test('of an environment that returns after its window: a new version', () => {
    const story = new Story();
    story.after(onlyStaging);
    expect(story.after(hours(25))).toEqual(['WriteRecord', 'WriteStatus']);
    story.after(bothEnvironments);
    const versions = [...story.world.server.secrets.values()].map(
      ({ proof }) => `${proof?.environment} ${proof?.version}`,
    );
    expect(new Set(versions)).toEqual(new Set(['staging 1', 'production 2']));
  });

  test('of a key applied again inside its window: the same tokens', () => {
    const story = new Story();
    const before = story.tokens();
    story.after({ kind: 'deleteKey' });
    expect(story.world.server.secrets.size).toBe(0);
    const steps = story.after({ kind: 'applyKey' });
    expect(steps).toEqual([
      'ConfirmLive',
      'AddFinalizer',
      'WriteRecord',
      'WriteStatus',
      'Deliver',
      'WriteRecord',
      'WriteStatus',
    ]);
    expect(story.tokens()).toEqual(before);
  });

  test('of a tombstone: destroyed when the window is over, and then nothing', () => {
    const story = new Story();
    story.after({ kind: 'deleteKey' });
    expect(story.after(hours(25))).toEqual(['WriteRecord']);
    expect(story.world.server.record?.sealed).toEqual([]);
    expect(story.after(hours(25))).toEqual([]);
  });

  test('of an orphan: none', () => {
    const { world } = new Story();
    world.change({ object: undefined });
    expect(pass(world, new Invariants()).steps).toEqual([]);
    expect(world.server.secrets.size).toBe(3);
  });

  test('of an orphan whose withdrawal an admin ordered', () => {
    const { world } = new Story();
    const { record } = world.server;
    if (record === undefined) throw new RangeError('The key has a record');
    world.change({ object: undefined, record: { ...record, withdrawOrder: OWNER, resourceVersion: '900' } });
    const { steps } = pass(world, new Invariants());
    expect(steps).toEqual(['ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord']);
    expect(world.server.secrets.size).toBe(0);
  });
});

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
