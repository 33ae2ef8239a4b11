import { describe, expect, test } from 'vitest';
import { namespaceRows, type NamespaceRow } from '../../../../../src/controllers/key/status/namespace-rows.ts';
import type { Claim } from '../../../../../src/controllers/planning/claims.ts';
import { placeKey, type Observation } from '../../../../../src/controllers/planning/secret-view.ts';
import {
  ABSENT,
  apiKeyOf,
  clusterOf,
  digest,
  EU,
  foreignSecret,
  held,
  hoursFromNow,
  keyProjectOf,
  MINTED_AT,
  observing,
  present,
  productionEntry,
  projectFacts,
  recordOf,
  secretView,
  settled,
  stagingEntry,
  US,
  versionEntry,
  wantedOf,
} from '../../../../support/facts.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';

type Given = Partial<DeclaredFacts>;

const inEu = secretView(wantedOf(held(EU), 'production', versionEntry('production', 1)));
const claim: Claim = { owner: 'ApiKey/payments-config/other', project: 'payments', since: MINTED_AT };

function euSeen(seen: Observation, more: Given = {}): Given {
  return { observations: observing(settled(), { [placeKey(held(EU))]: seen }), ...more };
}

function mapped(changes: Parameters<typeof clusterOf>[0], spec: Parameters<typeof keyProjectOf>[0] = {}): Given {
  return { project: projectFacts(keyProjectOf(spec), clusterOf(changes)) };
}

function productionIs(changes: { readonly suspended?: boolean; readonly namespaces?: readonly string[] }): Given {
  const [staging, production] = keyProjectOf().spec.environments;
  if (staging === undefined || production === undefined) throw new RangeError('The project has two environments');
  return mapped({ new: {} }, { environments: [staging, { ...production, ...changes }] });
}

/** The row of the namespace in EU. */
function euRow(given: Given): NamespaceRow | undefined {
  return namespaceRows(settled(given)).find(({ namespace }) => namespace === EU);
}

describe('namespaceRows', () => {
  test('list every namespace in the order of spec and project, delivered with the version', () => {
    expect(namespaceRows(settled())).toEqual(
      [
        ['staging', 'payments-staging'],
        ['production', EU],
        ['production', US],
      ].map(([environment, namespace]) => ({
        environment,
        namespace,
        outcome: 'delivered',
        reason: 'Delivered',
        message: '',
        version: 1,
      })),
    );
  });

  test.each<{ name: string; given: Given; want: Pick<NamespaceRow, 'outcome' | 'reason' | 'message'> }>([
    {
      name: 'a Secret that is about to be written',
      given: euSeen(ABSENT),
      want: { outcome: 'working', reason: 'Delivering', message: 'Secrets are being written' },
    },
    {
      name: 'a foreign Secret of the name',
      given: euSeen(present(foreignSecret(held(EU)))),
      want: {
        outcome: 'failed',
        reason: 'SecretConflict',
        message: 'Secret "checkout" is not this key\'s; rename the output, or consent on it',
      },
    },
    {
      name: 'a missing namespace',
      given: mapped({ [EU]: undefined }),
      want: {
        outcome: 'failed',
        reason: 'NamespaceMissing',
        message: 'The namespace does not exist; create it, or take it out of the KeyProject',
      },
    },
    {
      name: 'a terminating namespace',
      given: mapped({ [EU]: { terminating: true } }),
      want: {
        outcome: 'failed',
        reason: 'NamespaceTerminating',
        message: 'The namespace is being deleted; create it again once it is gone, or take it out of the KeyProject',
      },
    },
    {
      name: 'a namespace that a write found missing',
      given: euSeen({ kind: 'NamespaceMissing' }),
      want: {
        outcome: 'failed',
        reason: 'NamespaceMissing',
        message: 'The namespace does not exist; create it, or take it out of the KeyProject',
      },
    },
    {
      name: 'a namespace that a write found terminating',
      given: euSeen({ kind: 'NamespaceTerminating' }),
      want: {
        outcome: 'failed',
        reason: 'NamespaceTerminating',
        message: 'The namespace is being deleted; create it again once it is gone, or take it out of the KeyProject',
      },
    },
    {
      name: 'a refusal',
      given: euSeen({ kind: 'Unreachable', cause: 'Forbidden' }),
      want: {
        outcome: 'failed',
        reason: 'Forbidden',
        message: 'The operator may not write Secrets here; check its roles, targetNamespaces and admission policies',
      },
    },
    {
      name: 'a quota that is used up',
      given: euSeen({ kind: 'Unreachable', cause: 'QuotaExceeded' }),
      want: {
        outcome: 'failed',
        reason: 'QuotaExceeded',
        message: 'A ResourceQuota of the namespace is used up; raise it',
      },
    },
    {
      name: 'a write that failed',
      given: euSeen({ kind: 'Unreachable', cause: 'DeliveryFailed' }),
      want: {
        outcome: 'failed',
        reason: 'DeliveryFailed',
        message: 'The API server did not take the Secret; this is retried',
      },
    },
    {
      name: 'a Secret that admission changed',
      given: euSeen({ kind: 'Unreachable', cause: 'Altered' }),
      want: {
        outcome: 'failed',
        reason: 'DeliveryFailed',
        message: 'An admission policy changed the Secret; exempt it from the policy',
      },
    },
    {
      name: 'a Secret that is being deleted',
      given: euSeen(present({ ...inEu, deleting: true })),
      want: {
        outcome: 'failed',
        reason: 'DeliveryFailed',
        message: 'Nothing that carries the token can be read now; this is retried',
      },
    },
    {
      name: 'an environment the project suspended, where the Secret is not as wanted',
      given: { ...productionIs({ suspended: true }), ...euSeen(present({ ...inEu, digests: { token: digest('x') } })) },
      want: {
        outcome: 'suspended',
        reason: 'EnvironmentSuspended',
        message: 'The project takes no new deliveries here',
      },
    },
    {
      name: 'a Secret that fits in an environment the project suspended',
      given: productionIs({ suspended: true }),
      want: { outcome: 'delivered', reason: 'Delivered', message: '' },
    },
    {
      name: 'a frozen key whose Secret is gone',
      given: { ...mapped({}, { authorNamespaces: [] }), ...euSeen(ABSENT) },
      want: { outcome: 'working', reason: 'Pending', message: 'Waits until the key is accepted' },
    },
    {
      name: 'a frozen key whose Secret is there',
      given: mapped({}, { authorNamespaces: [] }),
      want: { outcome: 'delivered', reason: 'Delivered', message: '' },
    },
    {
      name: 'an environment that is about to be minted',
      given: { record: recordOf({ environments: [stagingEntry()] }) },
      want: { outcome: 'working', reason: 'Delivering', message: 'Secrets are being written' },
    },
    {
      name: 'an environment of a key that was suspended before it was minted',
      given: { record: recordOf({ environments: [stagingEntry()] }), object: apiKeyOf({ suspended: true }) },
      want: { outcome: 'working', reason: 'Pending', message: 'Waits for the end of suspension' },
    },
    {
      name: 'an environment whose names another key has',
      given: { record: recordOf({ environments: [stagingEntry()] }), claims: new Map([[placeKey(held(EU)), claim]]) },
      want: {
        outcome: 'failed',
        reason: 'SecretConflict',
        message: "The Secret of the wanted name is not this key's; rename the output, or consent on it",
      },
    },
    {
      name: 'a withdrawn environment that is wanted again',
      given: {
        record: recordOf({ environments: [stagingEntry(), productionEntry({ state: 'Withdrawn', places: [] })] }),
        observations: new Map(),
      },
      want: { outcome: 'working', reason: 'Delivering', message: 'Secrets are being written' },
    },
  ])('tell of $name', ({ given, want }) => {
    expect(euRow(given)).toMatchObject(want);
  });

  test('show a namespace as taken in the environment that does not have it', () => {
    const environments = [
      { name: 'staging', namespaces: [EU] },
      { name: 'production', namespaces: [EU] },
    ];
    const rows = namespaceRows(settled(mapped({}, { environments })));
    expect(rows.at(-1)).toMatchObject({ environment: 'production', outcome: 'failed', reason: 'NamespaceTaken' });
  });

  test('tell of the first output that is not delivered', () => {
    const object = apiKeyOf({ outputs: [{ name: 'checkout' }, { name: 'second', secretName: 'second' }] });
    const second = held(EU, { secretName: 'second', output: 'second' });
    const record = recordOf({
      environments: [stagingEntry(), productionEntry({ places: [held(EU), second, held(US)] })],
    });
    const given = { ...euSeen({ kind: 'Absent', live: true }), object, record };
    const observations = observing(settled(), { [placeKey(second)]: present(foreignSecret(second)) });
    expect(euRow({ ...given, observations })).toMatchObject({ reason: 'SecretConflict' });
  });

  test.each<{ name: string; given: Given }>([
    { name: 'of a frozen key', given: mapped({}, { authorNamespaces: [] }) },
    { name: 'in an environment that the project suspended', given: productionIs({ suspended: true }) },
    { name: 'that is about to be written', given: {} },
  ])('call a Secret $name delivered though it still holds a version whose overlap ended', ({ given }) => {
    const retireAt = hoursFromNow(-1);
    const versions = [
      versionEntry('production', 2),
      versionEntry('production', 1, { state: 'Retiring', retireAt }),
    ] as const;
    const record = recordOf({ lastVersion: 2, environments: [stagingEntry(), productionEntry({ versions })] });
    const current = secretView(wantedOf(held(EU), 'production', versions[0]));
    const digests = { ...current.digests, 'previous.token': digest('token-production-1') };
    expect(euRow({ ...given, record, ...euSeen(present({ ...current, digests })) })).toMatchObject({
      outcome: 'delivered',
      version: 2,
    });
  });

  describe('call a place that the ledger does not hold', () => {
    const record = recordOf({ environments: [stagingEntry(), productionEntry({ places: [held(US)] })] });

    test('conflicted when another key has it', () => {
      const claims = new Map([[placeKey(held(EU)), claim]]);
      expect(euRow({ record, claims })).toMatchObject({ outcome: 'failed', reason: 'SecretConflict' });
    });

    test('under way when it is about to be claimed', () => {
      expect(euRow({ record })).toMatchObject({ outcome: 'working', reason: 'Delivering' });
    });
  });

  test('leave expired environments out: their Secrets are gone on purpose', () => {
    const object = apiKeyOf({
      environments: [{ name: 'staging' }, { name: 'production', expiresAt: hoursFromNow(0) }],
    });
    expect(namespaceRows(settled({ object })).map(({ environment }) => environment)).toEqual(['staging']);
  });

  describe('while the project does not say where the environments are', () => {
    const withoutProject = { project: { kind: 'Missing' } } as const;

    test('are those of the ledger, delivered where the Secrets carry the token', () => {
      expect(namespaceRows(settled(withoutProject))).toEqual(namespaceRows(settled()));
    });

    test('do not mind a Secret that fits but for what the project alone tells', () => {
      const labels = { ...inEu.labels, 'keywright.dev/company': 'other' };
      expect(euRow(euSeen(present({ ...inEu, labels }), withoutProject))).toMatchObject({ outcome: 'delivered' });
    });

    test.each<{ name: string; seen: Observation }>([
      { name: 'that is gone', seen: ABSENT },
      { name: 'that carries another token', seen: present({ ...inEu, digests: { token: digest('x') } }) },
    ])('tell of a Secret $name', ({ seen }) => {
      expect(euRow(euSeen(seen, withoutProject))).toMatchObject({
        outcome: 'working',
        reason: 'Pending',
        message: 'Waits until the key is accepted',
        version: undefined,
      });
    });

    test('hold for an environment that was taken out of the project', () => {
      const environments = [{ name: 'staging', namespaces: ['payments-staging'] }];
      expect(namespaceRows(settled(mapped({}, { environments })))).toEqual(namespaceRows(settled()));
    });

    test('are none where nothing was issued', () => {
      expect(namespaceRows(settled({ ...withoutProject, record: { kind: 'Absent' } }))).toEqual([]);
    });
  });
});
