import { describe, expect, test } from 'vitest';
import type { ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import { isReported, projectStatus } from '../../../../../src/controllers/key/status/status.ts';
import type { ProjectFacts } from '../../../../../src/controllers/planning/key-facts.ts';
import { placeKey, type Observation } from '../../../../../src/controllers/planning/secret-view.ts';
import {
  ABSENT,
  apiKeyOf,
  clusterOf,
  deliveredEverywhere,
  digest,
  EU,
  foreignSecret,
  held,
  hoursFromNow,
  keyProjectOf,
  MINTED_AT,
  NOW,
  observing,
  owed,
  present,
  productionEntry,
  projectFacts,
  recordOf,
  reported,
  settled,
  stagingEntry,
  US,
  versionEntry,
  apiKeyStatus,
} from '../../../../support/facts.ts';
import { believedStatus, signedStatus } from '../../../../support/status-signing.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';

const NOW_TEXT = hoursFromNow(0);
const later = new Date(NOW.getTime() + 60_000);
const production = (changes: Parameters<typeof productionEntry>[0]): Partial<DeclaredFacts> => ({
  record: recordOf({ environments: [stagingEntry(), productionEntry(changes)] }),
});

function status(given: Partial<DeclaredFacts> = {}): ApiKeyStatus {
  return apiKeyStatus(settled(given));
}

function environment(shown: ApiKeyStatus, name: string): NonNullable<ApiKeyStatus['environments']>[number] | undefined {
  return shown.environments?.find((one) => one.name === name);
}

const retiring = [
  versionEntry('production', 2),
  versionEntry('production', 1, { state: 'Retiring', retireAt: hoursFromNow(1) }),
];
const row = (name: string): object => ({ name, success: true, version: 1, lastTransitionTime: NOW_TEXT });
const version = (environmentName: string): object => {
  const { keyId, mask, hash } = versionEntry(environmentName, 1);
  const issued = { state: 'Current', stateSince: MINTED_AT, cause: 'FirstIssue', createdAt: MINTED_AT };
  return { version: 1, ...issued, keyId, maskedToken: mask, hash, origin: 'Generated' };
};

describe('projectStatus', () => {
  test('projects the ledger and what was seen of its Secrets', () => {
    const { conditions, ...rest } = status();
    expect(conditions?.map(({ type }) => type)).toEqual(['Ready', 'Accepted', 'Issued', 'Deployed']);
    expect(rest).toEqual({
      observedGeneration: 1,
      state: 'Active',
      version: 1,
      scopes: ['charges.read'],
      createdAt: MINTED_AT,
      deployment: { success: true, message: '3 of 3 namespaces carry the current version', ready: 3, total: 3 },
      ledger: { sequence: 2, mac: expect.stringMatching(/^mac-1\./) as string },
      summary: { environments: '2/2', keyId: 'k00000000001 +1' },
      environments: [
        {
          name: 'staging',
          state: 'Active',
          stateSince: MINTED_AT,
          success: true,
          versions: [version('staging')],
          namespaces: [row('payments-staging')],
        },
        {
          name: 'production',
          state: 'Active',
          stateSince: MINTED_AT,
          success: true,
          versions: [version('production')],
          namespaces: [row(EU), row(US)],
        },
      ],
    });
  });

  test('is the same for the same facts, so that nothing is written', () => {
    const facts = settled();
    expect(isReported(facts.object.status, projectStatus(facts))).toBe(true);
    expect(isReported(facts.object.status, projectStatus({ ...facts, now: later }))).toBe(true);
  });

  test('knows nothing of a key without a record', () => {
    const shown = status({
      record: { kind: 'Absent' },
      provenSequence: 0,
      object: apiKeyOf(),
      observations: new Map(),
    });
    expect(shown).toMatchObject({
      state: 'Pending',
      deployment: { success: false, ready: 0, total: 3 },
      summary: { environments: '0/2' },
    });
    for (const absent of ['version', 'createdAt', 'ledger']) expect(shown).not.toHaveProperty(absent);
    expect(environment(shown, 'staging')).toMatchObject({ state: 'Pending', success: false, versions: [] });
  });

  test('shows nothing of a record that is another namespace’s', () => {
    const shown = status({ record: recordOf({ namespace: 'elsewhere' }), object: apiKeyOf() });
    expect(shown).toMatchObject({ state: 'Pending' });
    expect(shown).not.toHaveProperty('ledger');
  });

  describe('state', () => {
    test.each<{ name: string; given: Partial<DeclaredFacts>; want: ApiKeyStatus['state'] }>([
      { name: 'Suspended for a suspended key', given: { object: apiKeyOf({ suspended: true }) }, want: 'Suspended' },
      {
        name: 'Suspended for a key that is being deleted',
        given: { object: apiKeyOf({}, { metadata: { ...apiKeyOf().metadata, deletionTimestamp: NOW_TEXT } }) },
        want: 'Suspended',
      },
      {
        name: 'Expired when every environment is',
        given: { object: apiKeyOf({ expiresAt: NOW_TEXT }) },
        want: 'Expired',
      },
      {
        name: 'Active when one environment is not expired',
        given: {
          object: apiKeyOf({ environments: [{ name: 'staging' }, { name: 'production', expiresAt: NOW_TEXT }] }),
        },
        want: 'Active',
      },
      {
        name: 'Suspended before Expired',
        given: { object: apiKeyOf({ suspended: true, expiresAt: NOW_TEXT }) },
        want: 'Suspended',
      },
      { name: 'Rotating while a version retires', given: production({ versions: retiring }), want: 'Rotating' },
      {
        name: 'Pending when all is withdrawn',
        given: { record: recordOf({ environments: [productionEntry({ state: 'Withdrawn' })] }) },
        want: 'Pending',
      },
    ])('is $name', ({ given, want }) => {
      expect(status(given).state).toBe(want);
    });
  });

  describe('environments', () => {
    test('show no version of an expired environment', () => {
      const object = apiKeyOf({ environments: [{ name: 'production', expiresAt: NOW_TEXT }] });
      expect(environment(status({ object }), 'production')).toMatchObject({
        state: 'Expired',
        versions: [],
        namespaces: [],
      });
    });

    test('show no version of a withdrawn environment that the spec names', () => {
      const shown = status(production({ state: 'Withdrawn', destroyAt: hoursFromNow(1), places: [] }));
      expect(environment(shown, 'production')).toMatchObject({ state: 'Withdrawn', versions: [] });
    });

    test.each<{ name: string; entry: Parameters<typeof productionEntry>[0]; want: readonly string[] }>([
      { name: 'waits sealed', entry: { destroyAt: hoursFromNow(1), places: [] }, want: ['staging', 'production'] },
      { name: 'owes a Secret', entry: { places: [owed(EU)] }, want: ['staging', 'production'] },
      { name: 'is settled', entry: { places: [] }, want: ['staging'] },
    ])('of a removed environment that $name are $want', ({ entry, want }) => {
      const object = apiKeyOf({ environments: [{ name: 'staging' }] });
      const shown = status({ ...production({ state: 'Withdrawn', ...entry }), object });
      expect(shown.environments?.map(({ name }) => name)).toEqual(want);
    });

    test('show current and retiring versions with what ends them, and none that is retired', () => {
      const versions = [...retiring, versionEntry('production', 0, { state: 'Retired' })];
      const shown = status({ ...production({ versions }), object: apiKeyOf({ expiresAt: hoursFromNow(9) }) });
      expect(environment(shown, 'production')).toMatchObject({
        state: 'Rotating',
        versions: [
          { version: 2, state: 'Current', expiresAt: hoursFromNow(9) },
          { version: 1, state: 'Retiring', retireAt: hoursFromNow(1), expiresAt: hoursFromNow(9) },
        ],
      });
    });

    test('show the public id of a signing secret, unless it is on its way out', () => {
      const signingSecret = { id: 'whs_1', hash: `sha256:${digest('x')}` };
      const shown = (secret: typeof signingSecret & { destroyAt?: string }): unknown =>
        environment(
          status(production({ versions: [versionEntry('production', 1, { signingSecret: secret })] })),
          'production',
        )?.versions?.[0];
      expect(shown(signingSecret)).toHaveProperty('signingSecretId', 'whs_1');
      expect(shown({ ...signingSecret, destroyAt: hoursFromNow(1) })).not.toHaveProperty('signingSecretId');
    });

    test('give as their message why their source is refused, within 128 characters, beside what is delivered', () => {
      const refused = { kind: 'Refused', reason: 'WeakKey', message: 'w'.repeat(200) } as const;
      const { environments } = projectStatus(settled({ imports: new Map([['production', refused]]) }));
      expect(environments).toMatchObject([
        { name: 'staging', success: true },
        { name: 'production', success: true, message: `${'w'.repeat(127)}…` },
      ]);
      expect(environments?.[0]).not.toHaveProperty('message');
    });

    test('give the first failure as their message, within 128 characters', () => {
      const project = projectFacts(
        keyProjectOf({
          environments: [{ name: 'production', namespaces: ['n'.repeat(63), EU] }],
          policy: { secretNamePrefix: `${'x'.repeat(60)}-` },
        }),
        clusterOf({ ['n'.repeat(63)]: {} }),
      );
      const name = `${'x'.repeat(60)}-checkout`;
      const seen = new Map<string, Observation>([
        [`${'n'.repeat(63)}/${name}`, present(foreignSecret({ namespace: 'n'.repeat(63), secretName: name }))],
      ]);
      const shown = status({
        ...production({ places: [held('n'.repeat(63), { secretName: name })] }),
        project,
        observations: seen,
        object: apiKeyOf({ environments: [{ name: 'production' }], scopes: [] }),
      });
      const { message } = environment(shown, 'production') ?? {};
      expect(message).toHaveLength(128);
      expect(message?.startsWith(`${'n'.repeat(63)}: Secret "`)).toBe(true);
      expect(message?.endsWith('…')).toBe(true);
    });
  });

  describe('rows', () => {
    test('keep the time of their last flip, and only a flip moves it', () => {
      const before = settled();
      const broken = { ...before, now: later, observations: observing(before, { [placeKey(held(EU))]: ABSENT }) };
      const rows = environment(apiKeyStatus(broken), 'production')?.namespaces;
      expect(rows?.map(({ name, lastTransitionTime }) => [name, lastTransitionTime])).toEqual([
        [EU, '2027-03-01T12:01:00Z'],
        [US, NOW_TEXT],
      ]);
      const still = apiKeyStatus({ ...reported(broken), now: new Date(later.getTime() + 60_000) });
      expect(environment(still, 'production')?.namespaces?.[0]?.lastTransitionTime).toBe('2027-03-01T12:01:00Z');
    });

    test('tell why a namespace failed, and carry no version then', () => {
      const shown = status({
        observations: observing(settled(), { [placeKey(held(EU))]: { kind: 'Unreachable', cause: 'QuotaExceeded' } }),
      });
      expect(environment(shown, 'production')?.namespaces?.[0]).toEqual({
        name: EU,
        success: false,
        reason: 'QuotaExceeded',
        message: 'A ResourceQuota of the namespace is used up; raise it',
        lastTransitionTime: NOW_TEXT,
      });
    });

    describe('beyond 64', () => {
      const many = Array.from({ length: 100 }, (_, index) => `ns-${String(index).padStart(3, '0')}`);
      const places = many.map((namespace) => held(namespace));
      const wide = (observations: ReadonlyMap<string, Observation>, suspended = false): ApiKeyStatus => {
        const environments = [
          { name: 'production', namespaces: many, suspended },
          { name: 'staging', namespaces: ['payments-staging'] },
        ];
        const cluster = clusterOf(Object.fromEntries(many.map((name) => [name, {}])));
        const object = apiKeyOf({ environments: [{ name: 'production' }, { name: 'staging' }] });
        const record = recordOf({ environments: [productionEntry({ places }), stagingEntry()] });
        const delivered = record.kind === 'Valid' ? deliveredEverywhere(record.ledger) : new Map<string, Observation>();
        const project = projectFacts(keyProjectOf({ environments }), cluster);
        return status({ record, project, observations: new Map([...delivered, ...observations]), object });
      };
      const forbidden: Observation = { kind: 'Unreachable', cause: 'Forbidden' };

      test('are cut to 64 over all environments, and counted in full', () => {
        const shown = wide(new Map([['ns-099/checkout', forbidden]]));
        const rows = (shown.environments ?? []).flatMap(({ namespaces }) => namespaces ?? []);
        expect(rows).toHaveLength(64);
        expect(shown.deployment).toMatchObject({ total: 101 });
      });

      test('keep failures first, wherever they are', () => {
        const shown = wide(
          new Map([
            ['ns-099/checkout', forbidden],
            ['payments-staging/checkout', forbidden],
          ]),
        );
        const failed = (shown.environments ?? [])
          .flatMap(({ namespaces }) => namespaces ?? [])
          .filter(({ reason }) => reason === 'Forbidden');
        expect(failed.map(({ name }) => name)).toEqual(['ns-099', 'payments-staging']);
      });

      test('keep failures before what the project suspended', () => {
        const shown = wide(new Map([['payments-staging/checkout', forbidden]]), true);
        expect(environment(shown, 'staging')?.namespaces).toMatchObject([{ reason: 'Forbidden' }]);
      });
    });
  });

  describe('while the ledger cannot be believed', () => {
    const before = settled().object.status;

    test.each<{ name: string; given: Partial<DeclaredFacts> }>([
      { name: 'no installation', given: { installation: 'InstallationMissing' } },
      {
        name: 'a record that does not verify',
        given: { record: { kind: 'Invalid', problem: 'BadMac', resourceVersion: '1' } },
      },
      { name: 'a record that is rolled back', given: { provenSequence: 9 } },
    ])('keeps what was published: $name', ({ given }) => {
      const { conditions: _now, ...shown } = status(given);
      const { conditions: _before, ...published } = before ?? {};
      expect(shown).toEqual(published);
    });

    const restricting = (
      spec: Parameters<typeof apiKeyOf>[0],
      changes: Parameters<typeof apiKeyOf>[1] = {},
    ): ApiKeyStatus =>
      status({
        provenSequence: 9,
        object: {
          ...apiKeyOf(spec, changes),
          status: signedStatus({ ...before, scopes: ['charges.read', 'charges.write'] }),
        },
      });

    test('takes back what spec, time or a deletion take back', () => {
      expect(restricting({ suspended: true }).state).toBe('Suspended');
      expect(restricting({ expiresAt: NOW_TEXT }).state).toBe('Expired');
      expect(restricting({}, { metadata: { ...apiKeyOf().metadata, deletionTimestamp: NOW_TEXT } }).state).toBe(
        'Suspended',
      );
      expect(restricting({ scopes: ['charges.write', 'charges.delete'] }).scopes).toEqual(['charges.write']);
    });

    test('takes back an environment that spec dropped, and one that expired', () => {
      const environments = [{ name: 'staging', expiresAt: hoursFromNow(-1) }];
      const shown = restricting({ environments });
      expect(shown.state).toBe('Active');
      expect(environment(shown, 'staging')).toMatchObject({ state: 'Expired', versions: [] });
      expect(environment(shown, 'production')).toMatchObject({ state: 'Withdrawn', versions: [] });
    });

    test('lets an earlier expiry hold at once, and a later one not', () => {
      const until = (hours: number): string | undefined =>
        environment(restricting({ expiresAt: hoursFromNow(hours) }), 'staging')?.versions?.[0]?.expiresAt;
      expect(until(2)).toBe(hoursFromNow(2));
      const object = apiKeyOf({ expiresAt: hoursFromNow(9) });
      const earlier = settled({ object: apiKeyOf({ expiresAt: hoursFromNow(2) }) });
      const later = status({ provenSequence: 9, object: { ...object, status: projectStatus(earlier) } });
      expect(environment(later, 'staging')?.versions?.[0]?.expiresAt).toBe(hoursFromNow(2));
    });

    test('signs what it restricted, at the sequence that was proven', () => {
      const shown = restricting({ suspended: true });
      expect(shown.ledger?.sequence).toBe(2);
      expect(believedStatus(shown)).toBe(shown);
    });

    test.each<{ name: string; edit: (shown: ApiKeyStatus) => ApiKeyStatus }>([
      { name: 'a scope', edit: (shown) => ({ ...shown, scopes: ['charges.read', 'charges.write'] }) },
      {
        name: 'a hash',
        edit: (shown) => ({
          ...shown,
          environments: (shown.environments ?? []).map((one) => ({
            ...one,
            versions: (one.versions ?? []).map((shownVersion) => ({ ...shownVersion, hash: `sha256:${digest('x')}` })),
          })),
        }),
      },
      { name: 'the whole of it, unsigned', edit: ({ ledger: _none, ...shown }) => shown },
    ])('publishes nothing of a status in which somebody edited $name', ({ edit }) => {
      const object = { ...apiKeyOf({ scopes: ['charges.read', 'charges.write'] }), status: edit(before ?? {}) };
      const shown = status({ provenSequence: 9, object });
      expect(shown).toMatchObject({ state: 'Pending' });
      for (const granted of ['environments', 'scopes', 'ledger']) expect(shown).not.toHaveProperty(granted);
    });

    test('keeps the MAC it cannot renew while there are no MAC keys', () => {
      const given = { installation: 'InstallationMissing', signLedger: () => undefined } as const;
      const object = { ...apiKeyOf({ suspended: true }), status: before ?? {} };
      expect(status({ ...given, object })).toMatchObject({ state: 'Suspended', ledger: before?.ledger });
    });

    test('gives nothing that was not there', () => {
      const { status: _none, ...object } = apiKeyOf();
      expect(status({ provenSequence: 9, object })).not.toHaveProperty('environments');
    });
  });

  describe('scopes', () => {
    const frozen = (policy: readonly string[]): Partial<DeclaredFacts> => ({
      project: projectFacts(keyProjectOf({ authorNamespaces: [], policy: { scopes: policy } })),
    });
    const asking = (...scopes: readonly string[]): DeclaredFacts['object'] => ({
      ...apiKeyOf({ scopes }),
      status: signedStatus({ scopes: ['charges.read', 'charges.write'] }),
    });

    test('are what an accepted key asks for', () => {
      expect(status({ object: asking('charges.read', 'charges.new') }).scopes).toEqual(['charges.read', 'charges.new']);
    });

    test('of a frozen key only shrink', () => {
      expect(status({ ...frozen(['*']), object: asking('charges.write', 'charges.new') }).scopes).toEqual([
        'charges.write',
      ]);
    });

    test('of a frozen key follow a policy that narrows', () => {
      expect(status({ ...frozen(['charges.write']), object: asking('charges.read', 'charges.write') }).scopes).toEqual([
        'charges.write',
      ]);
    });

    test('of a frozen key stay while the project is gone', () => {
      expect(status({ project: { kind: 'Missing' }, object: asking('charges.read') }).scopes).toEqual(['charges.read']);
    });

    test.each<ProjectFacts>([{ kind: 'Missing' }, { kind: 'Unclaimed' }])(
      'of a frozen key are none where somebody wrote them into status, project $kind',
      (project) => {
        const { status: published, ...object } = asking('charges.new');
        const edited = { ...published, scopes: ['charges.new'] };
        expect(status({ project, object: { ...object, status: edited } }).scopes).toEqual([]);
      },
    );
  });

  describe('summary', () => {
    test('shows the earliest expiry as a day', () => {
      const object = apiKeyOf({
        environments: [
          { name: 'staging', expiresAt: hoursFromNow(72) },
          { name: 'production', expiresAt: hoursFromNow(49) },
        ],
      });
      expect(status({ object })).toMatchObject({ expiresAt: hoursFromNow(49), summary: { expires: '2027-03-03' } });
    });

    test.each<{ name: string; expiresAt: string; want: string }>([
      { name: 'more than 48 h away as a day', expiresAt: '2027-03-03T12:00:01Z', want: '2027-03-03' },
      { name: '48 h away with the time', expiresAt: '2027-03-03T12:00:00Z', want: '2027-03-03T12:00Z' },
      { name: 'that has passed with the time', expiresAt: '2027-02-01T10:30:59Z', want: '2027-02-01T10:30Z' },
      { name: 'of another time zone in UTC', expiresAt: '2027-06-30T23:30:00-05:00', want: '2027-07-01' },
    ])('shows an expiry $name', ({ expiresAt, want }) => {
      expect(status({ object: apiKeyOf({ expiresAt }) }).summary?.expires).toBe(want);
    });

    test('counts the environments that carry the current version although the project is missing', () => {
      expect(status({ project: { kind: 'Missing' } }).summary?.environments).toBe('2/2');
    });

    test('shows one key id as it is', () => {
      const object = apiKeyOf({ environments: [{ name: 'production' }] });
      const shown = status({ object, record: recordOf({ environments: [productionEntry()] }) });
      expect(shown.summary?.keyId).toBe('k00000000001');
    });
  });
});
