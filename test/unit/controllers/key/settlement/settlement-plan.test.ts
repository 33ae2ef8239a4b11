import { describe, expect, test } from 'vitest';
import { ACCEPT_ROLLBACK_ANNOTATION } from '../../../../../src/api/labels.ts';
import { planKey } from '../../../../../src/controllers/key/plan.ts';
import { planSettlement } from '../../../../../src/controllers/key/settlement/settlement-plan.ts';
import { placeKey, type Observation, type SecretView } from '../../../../../src/controllers/planning/secret-view.ts';
import type { Ledger } from '../../../../../src/sealing/ledger.ts';
import { isLedger } from '../../../../../src/sealing/ledger-schema.ts';
import {
  apiKeyOf,
  digest,
  EU,
  held,
  hoursFromNow,
  MINTED_AT,
  OWNER,
  owed,
  present,
  productionEntry,
  recordOf,
  STAGING,
  stagingEntry,
  US,
  versionEntry,
} from '../../../../support/facts.ts';
import type { KeyObjectFacts, DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';

import {
  NOW_TEXT,
  edited,
  entryOf,
  everywhereV2,
  inStaging,
  proving,
  publishedAt,
  recordChange,
  rolledBack,
  showing,
  shownV1,
  shownV2,
  versionsOf,
  type ShownVersion,
} from './rolled-back.ts';

describe('planSettlement', () => {
  test('looks live first', () => {
    expect(planSettlement(rolledBack(everywhereV2, { isLive: false }))).toEqual({ kind: 'ConfirmLive' });
  });

  test('takes the versions that Secrets prove into the ledger, and revokes what none carries', () => {
    const change = recordChange(rolledBack());
    expect(versionsOf(change)).toEqual([
      [2, 'Current'],
      [1, 'Revoked'],
    ]);
    expect(versionsOf(change, 'staging')).toEqual([[1, 'Current']]);
    expect(entryOf(change, 'production')?.versions[0]).toEqual(
      versionEntry('production', 2, {
        createdAt: NOW_TEXT,
        stateSince: NOW_TEXT,
        mask: 'acme_sk_live_k00000000002_***',
      }),
    );
  });

  test('moves sequence and counter past all that was proven', () => {
    expect(recordChange(rolledBack()).ledger).toMatchObject({ sequence: 10, lastVersion: 9, phase: 'Active' });
  });

  test('says that it settles', () => {
    expect(recordChange(rolledBack()).settles).toBe(true);
  });

  test('mints nothing', () => {
    expect(recordChange(rolledBack())).toMatchObject({ mints: [], signing: [], drop: [] });
  });

  test.each<{ name: string; given: Partial<DeclaredFacts> }>([
    { name: 'nothing proves anything', given: { proven: [] } },
    { name: 'what proved it is no longer seen', given: { observations: new Map() } },
    {
      name: 'another Secret stands there by now',
      given: {
        observations: new Map([[placeKey(held(EU)), present({ ...proving(EU, 'production', 2), uid: 'another' })]]),
      },
    },
    {
      name: 'a place cannot be read',
      given: {
        observations: new Map([...rolledBack().observations, ['x/y', { kind: 'Unreachable', cause: 'Forbidden' }]]),
      },
    },
    {
      name: 'a namespace is terminating',
      given: { observations: new Map([...rolledBack().observations, ['x/y', { kind: 'NamespaceTerminating' }]]) },
    },
    { name: 'the record is another namespace’s', given: { record: recordOf({ namespace: 'elsewhere' }) } },
  ])('leaves the key frozen while $name', ({ given }) => {
    expect(planSettlement(rolledBack(everywhereV2, given))).toBeUndefined();
  });

  describe('by annotation', () => {
    const annotated = (value: string): Pick<DeclaredFacts, 'object'> => {
      const { metadata, ...object } = apiKeyOf();
      return { object: { ...object, metadata: { ...metadata, annotations: { [ACCEPT_ROLLBACK_ANNOTATION]: value } } } };
    };

    test('revokes everything when nothing proves anything', () => {
      const change = recordChange(rolledBack([], annotated('9')));
      expect(versionsOf(change)).toEqual([[1, 'Revoked']]);
      expect(change.ledger).toMatchObject({ sequence: 10, lastVersion: 9 });
    });

    test('asks for the very sequence of the message', () => {
      expect(planSettlement(rolledBack([], annotated('8')))).toBeUndefined();
    });

    test('does not overrule a place that cannot be read', () => {
      const unread: Observation = { kind: 'Unreachable', cause: 'Forbidden' };
      const facts = rolledBack([], { ...annotated('9'), observations: new Map([['x/y', unread]]) });
      expect(planSettlement(facts)).toBeUndefined();
    });
  });

  describe('of a key that is being deleted', () => {
    const { metadata, ...object } = apiKeyOf();
    const deleting = { object: { ...object, metadata: { ...metadata, deletionTimestamp: NOW_TEXT } } };

    test('waits for no place that cannot be read, and for no annotation', () => {
      const unread: Observation = { kind: 'Unreachable', cause: 'Forbidden' };
      const change = recordChange(rolledBack([], { ...deleting, observations: new Map([['x/y', unread]]) }));
      expect(change.ledger.sequence).toBe(10);
    });

    test('lets go when the record is another namespace’s', () => {
      const facts = rolledBack([], { ...deleting, record: recordOf({ namespace: 'elsewhere' }) });
      expect(planKey(facts)).toEqual({ kind: 'RemoveFinalizer' });
    });
  });

  test('never brings a version back that the ledger had given up', () => {
    const versions = [
      versionEntry('production', 2, { state: 'Revoked' }),
      versionEntry('production', 1, { state: 'Retired' }),
    ];
    const record = recordOf({ environments: [stagingEntry(), productionEntry({ versions })] });
    const change = recordChange(rolledBack(everywhereV2, { record }));
    expect(entryOf(change, 'production')?.versions).toEqual(versions);
  });

  test('takes the newest of several versions that Secrets carry', () => {
    const change = recordChange(rolledBack([proving(EU, 'production', 3), proving(US, 'production', 2)]));
    expect(versionsOf(change)).toEqual([
      [3, 'Current'],
      [2, 'Revoked'],
      [1, 'Revoked'],
    ]);
  });

  test('makes a version current again that the record thought retiring', () => {
    const versions = [
      versionEntry('production', 2),
      versionEntry('production', 1, { state: 'Retiring', retireAt: hoursFromNow(1) }),
    ];
    const record = recordOf({ environments: [productionEntry({ versions })] });
    const change = recordChange(rolledBack([proving(EU, 'production', 1)], { record }));
    expect(entryOf(change, 'production')?.versions).toEqual([
      { ...versions[0], state: 'Revoked', stateSince: NOW_TEXT },
      versionEntry('production', 1, { stateSince: NOW_TEXT }),
    ]);
  });

  test('rebuilds a record that is lost altogether', () => {
    const change = recordChange(rolledBack(everywhereV2, { record: { kind: 'Absent' }, ...publishedAt(9, shownV2) }));
    expect(change.ledger).toMatchObject({ type: 'Secret', createdAt: MINTED_AT, sequence: 10 });
    expect(change.ledger.environments.map(({ name }) => name)).toEqual(['staging', 'production']);
    expect(entryOf(change, 'production')?.places).toEqual([
      held(EU, { since: NOW_TEXT }),
      held(US, { since: NOW_TEXT }),
    ]);
  });

  test('keeps type and age that an older record tells', () => {
    const createdAt = '2026-01-01T00:00:00Z';
    const change = recordChange(rolledBack(everywhereV2, { record: recordOf({ type: 'Publishable', createdAt }) }));
    expect(change.ledger).toMatchObject({ type: 'Publishable', createdAt });
  });

  test('keeps the places the record knows, owed ones as they are, and adds where Secrets prove to be', () => {
    const record = recordOf({ environments: [productionEntry({ places: [owed(EU)] })] });
    const change = recordChange(rolledBack([proving(EU, 'production', 2), proving(US, 'production', 2)], { record }));
    expect(entryOf(change, 'production')?.places).toEqual([owed(EU), held(US, { since: NOW_TEXT })]);
  });

  test('ends the window of an environment that turns out delivered', () => {
    const record = recordOf({ environments: [productionEntry({ state: 'Withdrawn', destroyAt: hoursFromNow(1) })] });
    const entry = entryOf(recordChange(rolledBack([proving(EU, 'production', 1)], { record })), 'production');
    expect(entry).toMatchObject({ state: 'Active' });
    expect(entry).not.toHaveProperty('destroyAt');
  });

  test('drops what is sealed of a version that settles as revoked', () => {
    const sealed = [1, 2].map((version) => ({ environment: 'production', version, field: 'token' }) as const);
    expect(recordChange(rolledBack(everywhereV2, { record: recordOf({}, { sealed }) })).drop).toEqual([sealed[0]]);
  });

  describe('trusts of a version the record does not know', () => {
    const altered = { token: digest('altered') };

    test('what status published, before what a Secret holds', () => {
      const facts = rolledBack([edited(proving(EU, 'production', 2), altered)], showing({}));
      expect(entryOf(recordChange(facts), 'production')?.versions[0]).toMatchObject({
        hash: shownV2.hash,
        mask: shownV2.maskedToken,
        createdAt: '2027-02-01T00:00:00Z',
      });
    });

    test('nothing that is no time', () => {
      const facts = rolledBack(everywhereV2, publishedAt(9, { ...shownV2, stateSince: 'long ago' }));
      expect(entryOf(recordChange(facts), 'production')?.versions[0]?.stateSince).toBe(NOW_TEXT);
    });

    test('since when it is in its state, however whoever edits status writes that', () => {
      const edits = { stateSince: '2027-02-01T01:00:00.25+01:00' };
      const status = publishedAt(9, { ...shownV2, ...edits }, { ...shownV1, state: 'Retiring', ...edits });
      const record = recordOf({ environments: [productionEntry({ versions: [] })] });
      const [newest, older] =
        entryOf(recordChange(rolledBack(everywhereV2, { record, ...status })), 'production')?.versions ?? [];
      expect([newest?.stateSince, older?.stateSince]).toEqual(['2027-02-01T00:00:00Z', '2027-02-01T00:00:00Z']);
    });

    test('bytes that a proof covers, when status tells nothing', () => {
      const facts = rolledBack([edited(proving(EU, 'production', 2), altered), proving(US, 'production', 2)]);
      const [newest] = entryOf(recordChange(facts), 'production')?.versions ?? [];
      expect(newest).toMatchObject({ version: 2, state: 'Current', hash: shownV2.hash });
    });

    test('no bytes that somebody put beside a proof of ours', () => {
      const facts = rolledBack([edited(proving(EU, 'production', 2), altered)]);
      expect(versionsOf(recordChange(facts))).toEqual([[1, 'Revoked']]);
    });

    test.each<{ field: keyof typeof shownV2 | 'signingSecretId'; value: string | number }>([
      { field: 'hash', value: `sha256:${digest('planted')}` },
      { field: 'maskedToken', value: 'planted' },
      { field: 'createdAt', value: '2026-01-01T00:00:00Z' },
      { field: 'signingSecretId', value: 'whs_planted' },
    ])('no status in which $field was edited', ({ field, value }) => {
      const { object } = showing({});
      const [shown] = object.status?.environments ?? [];
      if (shown === undefined) throw new RangeError('Status shows production');
      const environments = [{ ...shown, versions: [{ ...shownV2, [field]: value }] }];
      const edited = { ...object, status: { ...object.status, createdAt: '2026-01-01T00:00:00Z', environments } };
      const change = recordChange(
        rolledBack([proving(EU, 'production', 2)], { object: edited, record: { kind: 'Absent' } }),
      );
      expect(change.ledger.createdAt).toBe(NOW_TEXT);
      expect(entryOf(change, 'production')?.versions[0]).toEqual(
        versionEntry('production', 2, {
          createdAt: NOW_TEXT,
          stateSince: NOW_TEXT,
          mask: 'acme_sk_live_k00000000002_***',
        }),
      );
    });

    test('no Secret that has lost its token', () => {
      const facts = rolledBack([edited(proving(EU, 'production', 2), {})]);
      expect(versionsOf(recordChange(facts))).toEqual([[1, 'Revoked']]);
    });

    const signing = digest('whsec');
    const signed = (namespace: string, value: string, token = digest('token-production-2')): SecretView =>
      proving(namespace, 'production', 2, { digests: { token, 'signing-secret': value } });

    test('its signing secret, which is sealed again from the Secrets', () => {
      const change = recordChange(rolledBack([signed(EU, signing)], showing({ signingSecretId: 'whs_shown' })));
      const hash = `sha256:${signing}`;
      expect(entryOf(change, 'production')?.versions[0]?.signingSecret).toEqual({ id: 'whs_shown', hash });
      expect(change.seal).toEqual([
        {
          environment: 'production',
          version: 2,
          field: 'signingSecret',
          hash,
          places: [held(EU), held(US)],
          isAwaited: true,
        },
      ]);
    });

    test('no signing secret that somebody put beside a proof of ours', () => {
      const secret = signed(EU, signing);
      const altered = edited(secret, { ...secret.digests, 'signing-secret': digest('altered') });
      const change = recordChange(rolledBack([altered], showing({})));
      expect(entryOf(change, 'production')?.versions[0]).not.toHaveProperty('signingSecret');
    });

    test('the signing secret of the Secret that was written last', () => {
      const older = proving(EU, 'production', 2, {}, 8);
      const change = recordChange(rolledBack([older, signed(US, signing)]));
      expect(entryOf(change, 'production')?.versions[0]?.signingSecret?.hash).toBe(`sha256:${signing}`);
    });

    test('the signing secret of those that carry the published token', () => {
      const secret = signed(US, digest('x'), digest('altered'));
      const facts = rolledBack([signed(EU, signing), edited(secret, secret.digests)], showing({}));
      expect(entryOf(recordChange(facts), 'production')?.versions[0]?.signingSecret?.hash).toBe(`sha256:${signing}`);
    });
  });
});

describe('planSettlement of a Secret that proves a version which neither the ledger nor a believed status knows', () => {
  const putBack = [inStaging, proving(EU, 'production', 1, {}, 2), proving(US, 'production', 2)];
  const { object } = publishedAt(2, shownV1);
  const accepted = {
    ...object,
    metadata: { ...object.metadata, annotations: { [ACCEPT_ROLLBACK_ANNOTATION]: '9' } },
  };

  test('leaves the key frozen', () => {
    expect(planSettlement(rolledBack(putBack, { object }))).toBeUndefined();
  });

  test('never makes that version current, not even when an admin accepts, and keeps the one that is', () => {
    expect(versionsOf(recordChange(rolledBack(putBack, { object: accepted })))).toEqual([[1, 'Current']]);
  });

  test('passes over one that is older than the status', () => {
    const outdated = proving(EU, 'production', 3, {}, 5);
    const facts = rolledBack([outdated, proving(US, 'production', 2)], publishedAt(9, shownV2));
    expect(versionsOf(recordChange(facts))).toEqual([
      [2, 'Current'],
      [1, 'Revoked'],
    ]);
  });

  test('revives no version that status shows as revoked', () => {
    const status = publishedAt(9, shownV2, { ...shownV1, state: 'Revoked' });
    const change = recordChange(rolledBack([inStaging, proving(EU, 'production', 1, {}, 2)], status));
    expect(versionsOf(change)).toEqual([[1, 'Revoked']]);
  });

  test('does not take a Secret of an earlier life of the key for one of the same number', () => {
    const secret = proving(EU, 'production', 1);
    const earlier = { ...secret, proof: secret.proof && { ...secret.proof, keyId: 'earlier' } };
    expect(planSettlement(rolledBack([earlier], { object }))).toBeUndefined();
  });
});

describe('planSettlement of a record that has forgotten a revocation', () => {
  const revoked = (version: number): ShownVersion => ({ ...shownV1, version, keyId: `k${version}`, state: 'Revoked' });
  const revocationIn = (facts: DeclaredFacts): Ledger['revocation'] => recordChange(facts).ledger.revocation;

  test('goes by the highest version that a believed status shows as revoked', () => {
    const status = publishedAt(9, shownV2, revoked(1), revoked(0));
    expect(revocationIn(rolledBack(everywhereV2.slice(1), status))).toEqual({
      reason: 'Unspecified',
      since: NOW_TEXT,
      throughVersion: 1,
    });
  });

  test('takes no version back that is in force: one above it was given up as a record settled', () => {
    const status = publishedAt(9, revoked(3), shownV2);
    expect(revocationIn(rolledBack(everywhereV2, status))).toBeUndefined();
  });

  test('keeps what the record remembers, if that is more', () => {
    const revocation = { reason: 'Compromised', since: MINTED_AT } as const;
    const facts = rolledBack(everywhereV2, {
      record: recordOf({ revocation }),
      ...publishedAt(9, shownV2, revoked(1)),
    });
    expect(revocationIn(facts)).toBe(revocation);
  });

  test('goes by no status that somebody edited', () => {
    const { object } = publishedAt(9, shownV2, shownV1);
    const [environment] = object.status?.environments ?? [];
    if (environment === undefined) throw new RangeError('Status shows production');
    const edited = { ...object.status, environments: [{ ...environment, versions: [shownV2, revoked(1)] }] };
    expect(revocationIn(rolledBack(everywhereV2, { object: { ...object, status: edited } }))).toBeUndefined();
  });
});

describe('planKey of a record that is older than the world, without its object', () => {
  const destroyAt = hoursFromNow(-1);
  const token = { environment: 'production', version: 1, field: 'token' } as const;
  /** The tombstone of an earlier life: it owes a Secret, and its window is over. */
  const tombstone = (acceptedSequence?: string): DeclaredFacts['record'] =>
    recordOf(
      {
        phase: 'Withdrawn',
        environments: [
          stagingEntry({ state: 'Withdrawn', places: [owed(STAGING)] }),
          productionEntry({ state: 'Withdrawn', destroyAt, places: [] }),
        ],
      },
      { sealed: [token], acceptedSequence },
    );
  const without = (record: DeclaredFacts['record'], changes: Partial<KeyObjectFacts> = {}): KeyObjectFacts => ({
    ...rolledBack(),
    object: undefined,
    believedStatus: undefined,
    record,
    ...changes,
  });

  test.each<{ name: string; record: DeclaredFacts['record']; changes?: Partial<KeyObjectFacts> }>([
    { name: 'nobody accepts it', record: tombstone() },
    { name: 'another sequence was accepted', record: tombstone('8') },
    { name: 'a withdrawal is ordered', record: recordOf({}, { withdrawOrder: OWNER }) },
    {
      name: 'a place cannot be read',
      record: tombstone('9'),
      changes: { observations: new Map([['x/y', { kind: 'Unreachable', cause: 'Forbidden' }]]) },
    },
  ])('withdraws and destroys nothing while $name', ({ record, changes }) => {
    expect(planKey(without(record, changes))).toBeUndefined();
  });

  test('looks live before it settles', () => {
    expect(planKey(without(tombstone('9'), { isLive: false }))).toEqual({ kind: 'ConfirmLive' });
  });

  test('settles a tombstone into an orphan that keeps what is delivered', () => {
    const step = planKey(without(tombstone('9')));
    if (step?.kind !== 'WriteRecord') throw new RangeError(`The step is ${step?.kind ?? 'none'}`);
    const { change } = step;
    expect(isLedger(change.ledger)).toBe(true);
    expect(change.ledger).toMatchObject({ phase: 'Active', sequence: 10, lastVersion: 9 });
    expect(versionsOf(change)).toEqual([
      [2, 'Current'],
      [1, 'Revoked'],
    ]);
    expect(entryOf(change, 'production')?.versions[0]?.mask).toBe('acme_sk_live_k00000000002_***');
    expect(entryOf(change, 'production')?.places).toMatchObject([
      { namespace: EU, state: 'Held' },
      { namespace: US, state: 'Held' },
    ]);
    expect(change).toMatchObject({ mints: [], signing: [], drop: [token] });

    const settledFacts = without(recordOf(change.ledger), { provenSequence: change.ledger.sequence });
    expect(planKey(settledFacts)).toBeUndefined();
    const ordered = recordOf(change.ledger, { withdrawOrder: OWNER });
    expect(planKey({ ...settledFacts, record: ordered })?.kind).toBe('WriteRecord');
  });

  test('goes on with a tombstone when what proved it older is gone', () => {
    const step = planKey(without(tombstone(), { proven: [], provenSequence: 0 }));
    expect(step).toMatchObject({ kind: 'WriteRecord', change: { drop: [token] } });
  });
});
