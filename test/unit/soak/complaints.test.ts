import { expect, test } from 'vitest';
import type { ApiKey } from '../../../src/api/generated/api-key.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import type { Ledger } from '../../../src/sealing/ledger.ts';
import { apiKey, keyProject } from '../../support/builders.ts';
import { DeclaredKey } from '../../soak/declared-key.ts';
import { STRANGER } from '../../soak/marks.ts';
import { complaints } from '../../soak/settled/complaints.ts';
import type { ClusterState } from '../../soak/settled/cluster-state.ts';
import { tenantsOf } from '../../soak/tenants.ts';

const OWNER = 'ApiKey/team-1-config/token-0';
const TOKEN = 'acme_sk_live_abc_first';
const SOON = '2027-01-01T00:00:05Z';
const [tenant = { project: '', authors: '', staging: '', eu: '', us: '' }] = tenantsOf(1);
const built = apiKey('team-1-config/token-0', 'team-1').environment('production').build();

test('complaints are none where everything is as declared', () => {
  expect(complaintsOf({})).toEqual([]);
});

test.each<[string, Change, string]>([
  ['a key that is missing', { key: null }, `${OWNER} is declared and not there`],
  ['a key that nobody declares', { isDeclared: false }, `${OWNER} is not declared and still there`],
  ['a key without a version', { ledger: null }, `${OWNER} has no version yet`],
  [
    'an edit that was not looked at',
    { key: (key) => ({ ...key, metadata: { ...key.metadata, generation: 2 } }) },
    `${OWNER} has not been looked at since it was edited`,
  ],
  [
    'a condition that is not so',
    { key: (key) => ({ ...key, spec: { ...key.spec, suspended: true } }) },
    `${OWNER} is True Delivered (all is well) and not True Suspended or False DeliveryFailed`,
  ],
  [
    'a status that accepts something else',
    { ledger: (ledger) => ledgerWith(ledger, { hash: 'sha256:other' }) },
    `${OWNER} shows versions of production that are not those of its ledger`,
  ],
  ['a Secret that is missing', { secrets: () => [] }, `${OWNER}: there is no Secret team-1-eu/token-0`],
  [
    'a Secret with something else in it',
    { secrets: ([secret]) => [{ ...secret, data: { token: base64('other') } } as Secret] },
    `${OWNER}: the Secret team-1-eu/token-0 does not carry version 1`,
  ],
  [
    'a Secret that nothing wants',
    { secrets: ([secret]) => [secret as Secret, renamed(secret as Secret)] },
    `${OWNER}: nothing wants the Secret team-1-eu/old-name`,
  ],
  [
    'a Secret of a key that is gone',
    { key: null, isDeclared: false },
    `${OWNER} is gone, and its Secret team-1-eu/token-0 is still there`,
  ],
  [
    'an expiry that is about to come',
    { key: (key) => ({ ...key, spec: { ...key.spec, expiresAt: SOON } }) },
    `${OWNER} expires about now`,
  ],
  [
    'material that is about to be destroyed',
    { ledger: (ledger) => withDestruction(ledger, SOON) },
    `${OWNER} destroys material about now`,
  ],
])('complaints tell %s', (_what, change, complaint) => {
  expect(complaintsOf(change)).toContain(complaint);
});

test("complaints say nothing of what a key may leave behind, and of what is a stranger's", () => {
  expect(complaintsOf({ key: null, isDeclared: false, retained: [OWNER] })).toEqual([]);
  const copy = (secret: Secret | undefined): Secret => ({
    ...secret,
    metadata: { ...secret?.metadata, name: 'copy', labels: STRANGER },
  });
  expect(complaintsOf({ secrets: ([secret]) => [secret as Secret, copy(secret)] })).toEqual([]);
});

test('complaints say nothing of what people put back where nobody looks, and then stripped of its labels', () => {
  const putBack = (secret: Secret | undefined, labels: Record<string, string>): Secret => {
    const { metadata, ...old } = renamed(secret as Secret);
    return { ...old, metadata: { ...metadata, uid: 'put-back', labels } };
  };
  const withLabels = (labels: Record<string, string>): Change => ({
    secrets: ([secret]) => [secret as Secret, putBack(secret, labels)],
    madeByPeople: ['put-back'],
  });
  expect(complaintsOf(withLabels({}))).toEqual([]);
  expect(complaintsOf({ ...withLabels({}), madeByPeople: [] })).toHaveLength(1);
  expect(complaintsOf(withLabels({ 'keywright.dev/managed': 'true' }))).toHaveLength(1);
});

test('complaints say nothing of an overlap in which the key expired, as a later date brings it back', () => {
  const expired = (key: ApiKey): ApiKey => ({
    ...withReady(key, 'False', 'Expired'),
    spec: { ...key.spec, expiresAt: '2026-12-31T00:00:00Z' },
  });
  expect(complaintsOf({ key: expired, ledger: overlapping, secrets: () => [] })).toEqual([]);
  expect(complaintsOf({ ledger: overlapping })).toContain(`${OWNER} is in the middle of an overlap`);
});

test('complaints say nothing of a key that refuses to revoke what it never issued', () => {
  const slip = (key: ApiKey): ApiKey => ({
    ...withReady(key, 'False', 'InvalidRevocation'),
    spec: { ...key.spec, revocation: { reason: 'Compromised', throughVersion: 2 } },
  });
  expect(complaintsOf({ key: slip })).toEqual([]);
});

test('complaints say nothing of a key that was revoked before anything was issued', () => {
  const revoked = (key: ApiKey): ApiKey => {
    const ready = withReady(key, 'True', 'Revoked');
    return { ...ready, spec: { ...key.spec, revocation: { reason: 'Compromised' } }, status: withoutVersions(ready) };
  };
  expect(complaintsOf({ key: revoked, ledger: null, secrets: () => [] })).toEqual([]);
});

test('complaints want a suspended key whose last version retired to be Suspended, whatever was revoked before it', () => {
  const said = (reason: string): Change => ({
    key: (key) => {
      const ready = withReady(key, 'True', reason);
      return { ...ready, spec: { ...key.spec, suspended: true }, status: withoutVersions(ready) };
    },
    ledger: (ledger) => ({
      ...ledger,
      revocation: { reason: 'Compromised', throughVersion: 1, since: '' },
      environments: ledger.environments.map(({ versions, ...entry }) => ({
        ...entry,
        state: 'Withdrawn',
        versions: versions.flatMap((version) => [
          { ...version, version: 2, state: 'Retired' as const },
          { ...version, state: 'Revoked' as const },
        ]),
      })),
    }),
    secrets: () => [],
  });
  expect(complaintsOf(said('Suspended'))).toEqual([]);
  expect(complaintsOf(said('Revoked'))).toHaveLength(1);
});

test('complaints say nothing of an environment that came back to a suspended key, which waits for the end of that', () => {
  const suspended = (key: ApiKey): ApiKey => {
    const ready = withReady(key, 'True', 'Suspended');
    return { ...ready, spec: { ...key.spec, suspended: true }, status: withoutVersions(ready) };
  };
  const resumed = (key: ApiKey): ApiKey => ({ ...suspended(key), spec: key.spec });
  expect(complaintsOf({ key: suspended, ledger: withdrawn, secrets: () => [] })).toEqual([]);
  expect(complaintsOf({ key: suspended, secrets: () => [] })).toHaveLength(1);
  expect(complaintsOf({ key: resumed, ledger: withdrawn, secrets: () => [] })).toHaveLength(1);
});

function withReady(key: ApiKey, status: 'True' | 'False', reason: string): ApiKey {
  const conditions = key.status?.conditions?.map((condition) => ({ ...condition, status, reason }));
  return { ...key, status: { ...key.status, conditions: conditions ?? [] } };
}

/** As of environments that are withdrawn. */
function withoutVersions({ status }: ApiKey): NonNullable<ApiKey['status']> {
  const environments = status?.environments?.map((one) => ({ ...one, state: 'Withdrawn' as const, versions: [] }));
  return { ...status, ...(environments !== undefined && { environments }) };
}

function withdrawn(ledger: Ledger): Ledger {
  return { ...ledger, environments: ledger.environments.map((entry) => ({ ...entry, state: 'Withdrawn' })) };
}

function overlapping(ledger: Ledger): Ledger {
  const environments = ledger.environments.map(({ versions, ...entry }) => ({
    ...entry,
    versions: versions.flatMap((version) => [version, { ...version, version: 0, state: 'Retiring' as const }]),
  }));
  return { ...ledger, environments };
}

interface Change {
  readonly isDeclared?: boolean;
  readonly key?: null | ((key: ApiKey) => ApiKey);
  readonly ledger?: null | ((ledger: Ledger) => Ledger);
  readonly secrets?: (secrets: readonly Secret[]) => readonly Secret[];
  readonly retained?: readonly string[];
  readonly madeByPeople?: readonly string[];
}

function complaintsOf({
  isDeclared = true,
  key = (same) => same,
  ledger = (same) => same,
  secrets = (same) => same,
  retained = [],
  madeByPeople = [],
}: Change): readonly string[] {
  const declared = new DeclaredKey(tenant, 'ApiKey', 0);
  declared.manifest = isDeclared ? built : undefined;
  const project = keyProject('team-1').authors('team-1-config').environment('production', ['team-1-eu']).build();
  const state: ClusterState = {
    now: new Date(Date.UTC(2027, 0, 1)),
    projects: new Map([['team-1', project]]),
    keys: new Map(key === null ? [] : [[OWNER, key(settledKey())]]),
    ledgers: new Map(ledger === null ? [] : [[OWNER, ledger(settledLedger())]]),
    secrets: secrets([settledSecret()]),
    records: [],
  };
  return complaints(state, [declared], { retained: new Set(retained), madeByPeople: new Set(madeByPeople) });
}

function settledKey(): ApiKey {
  const ready = { type: 'Ready', status: 'True', reason: 'Delivered', message: 'all is well' } as const;
  const version = {
    version: 1,
    state: 'Current',
    keyId: '',
    maskedToken: '',
    hash: hashOf(TOKEN),
    createdAt: '',
  } as const;
  return {
    ...built,
    metadata: { ...built.metadata, generation: 1 },
    status: {
      observedGeneration: 1,
      conditions: [{ ...ready, observedGeneration: 1, lastTransitionTime: '' }],
      environments: [{ name: 'production', state: 'Active', success: true, versions: [version] }],
    },
  };
}

function settledLedger(): Ledger {
  const version = {
    version: 1,
    keyId: '',
    hash: hashOf(TOKEN),
    cause: 'FirstIssue',
    createdAt: '',
    state: 'Current',
    stateSince: '',
  } as const;
  return {
    format: 1,
    project: 'team-1',
    kind: 'ApiKey',
    name: 'token-0',
    namespace: 'team-1-config',
    type: 'Secret',
    sequence: 1,
    lastVersion: 1,
    phase: 'Active',
    createdAt: '',
    environments: [{ name: 'production', state: 'Active', places: [], versions: [version] }],
  };
}

function withDestruction(ledger: Ledger, destroyAt: string): Ledger {
  return { ...ledger, environments: ledger.environments.map((entry) => ({ ...entry, destroyAt })) };
}

function ledgerWith(ledger: Ledger, change: object): Ledger {
  const environments = ledger.environments.map((entry) => ({
    ...entry,
    versions: entry.versions.map((version) => ({ ...version, ...change })),
  }));
  return { ...ledger, environments };
}

function settledSecret(): Secret {
  return {
    metadata: {
      namespace: 'team-1-eu',
      name: 'token-0',
      labels: { 'keywright.dev/environment': 'production' },
      annotations: {
        'keywright.dev/owner': OWNER,
        'keywright.dev/version': '1',
        'keywright.dev/key-id': 'abc',
        'keywright.dev/proof': 'proof',
      },
    },
    data: { token: base64(TOKEN) },
  };
}

function renamed(secret: Secret): Secret {
  return { ...secret, metadata: { ...secret.metadata, name: 'old-name' } };
}

function hashOf(token: string): string {
  return hashToken(Buffer.from(token));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
