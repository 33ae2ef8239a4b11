import { describe, expect, test } from 'vitest';
import type { ApiKeySpec } from '../../../../src/api/generated/api-key.ts';
import type { KeyProjectSpec } from '../../../../src/api/generated/key-project.ts';
import type { Step } from '../../../../src/controllers/key/step.ts';
import type { WorldEvent } from '../../../support/world/events.ts';
import { Invariants } from '../../../support/world/invariants.ts';
import { freshWorld, pass } from '../../../support/world/passes.ts';
import { Surroundings } from '../../../support/world/surroundings.ts';
import type { World } from '../../../support/world/world.ts';
import { EU, hoursFromNow, OWNER, US } from '../../../support/facts.ts';

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
      name: 'of a namespace that leaves: a live look, deleted, forgotten',
      events: [withProduction(EU)],
      want: ['ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of a renamed Secret: the new one first, then the old one is owed and deleted',
      events: [editKey({ outputs: [{ name: 'app', secretName: 'renamed' }] })],
      want: ['WriteRecord', 'Deliver', 'ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of a removed environment: refused, sealed and deleted, forgotten',
      events: [onlyStaging],
      want: ['WriteStatus', 'ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of an expiry that has come: refused before anything else',
      events: [editKey({ expiresAt: hoursFromNow(-1) })],
      want: ['WriteStatus', 'ConfirmLive', 'WriteRecord', 'Withdraw', 'WriteRecord', 'WriteStatus'],
    },
    {
      name: 'of a deletion: refused, sealed and deleted, forgotten, let go',
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
