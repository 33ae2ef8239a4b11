import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ApiKey } from '../../../src/api/generated/api-key.ts';
import { FINALIZER } from '../../../src/api/labels.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import type { EnvironmentEntry, Ledger, MintCause, VersionState } from '../../../src/sealing/ledger.ts';
import { marked, released, STRANGER } from '../../soak/marks.ts';
import type { ServerEvent } from '../../soak/witness/event.ts';
import { Witness } from '../../soak/witness/witness.ts';

const OPERATOR = 'keywright-system';
const TOKEN = 'acme_sk_live_abc_first';
const OTHER_TOKEN = 'acme_sk_live_abc_other';

test('Witness finds nothing in a rotation that goes as it has to', () => {
  const witness = witnessOf();
  witness.seeSecret(record(10, { versions: [[1, TOKEN, 'Current']] }));
  witness.seeKey(status(11, [[1, TOKEN]]));
  witness.seeSecret(delivery(12, 1, TOKEN));
  witness.seeSecret(
    record(13, {
      versions: [
        [2, OTHER_TOKEN, 'Current'],
        [1, TOKEN, 'Retiring'],
      ],
    }),
  );
  witness.seeKey(
    status(14, [
      [2, OTHER_TOKEN],
      [1, TOKEN],
    ]),
  );
  witness.seeSecret(delivery(15, 2, OTHER_TOKEN, { type: 'MODIFIED', previous: TOKEN }));
  witness.seeSecret(delivery(16, 2, OTHER_TOKEN, { type: 'MODIFIED' }));
  witness.seeSecret(
    record(17, {
      versions: [
        [2, OTHER_TOKEN, 'Current'],
        [1, TOKEN, 'Retired'],
      ],
    }),
  );
  witness.end();
  expect(witness.violations).toEqual([]);
  expect(witness.versions).toBe(2);
  expect(witness.tokens).toEqual(new Set([TOKEN, OTHER_TOKEN]));
});

test('Witness finds a Secret that carries a token before status names it, whichever event comes first', () => {
  const [one, other] = [witnessOf(), witnessOf()];
  one.seeSecret(delivery(11, 1, TOKEN));
  one.seeKey(status(12, [[1, TOKEN]]));
  other.seeKey(status(12, [[1, TOKEN]]));
  other.seeSecret(delivery(11, 1, TOKEN));
  const early = 'ApiKey/team-config/checkout: team-eu/checkout was given at 11 what status named at 12 first';
  expect(one.violations).toEqual([early]);
  expect(other.violations).toEqual([early]);
});

test('Witness finds a token that no status ever named', () => {
  const witness = witnessOf();
  witness.seeSecret(delivery(11, 1, TOKEN));
  expect(witness.violations).toEqual([]);
  witness.end();
  expect(witness.violations).toEqual([
    'ApiKey/team-config/checkout: team-eu/checkout was given at 11 what no status ever named',
  ]);
});

test('Witness finds a second token of one version', () => {
  const witness = witnessOf();
  witness.seeSecret(record(10, { versions: [[1, TOKEN, 'Current']] }));
  witness.seeKey(status(11, [[1, OTHER_TOKEN]]));
  expect(witness.violations).toEqual(['ApiKey/team-config/checkout production v1 is two tokens or keys']);
});

test('Witness finds a token that is of two versions', () => {
  const witness = witnessOf();
  witness.seeKey(status(11, [[1, TOKEN]]));
  witness.seeKey(status(12, [[2, TOKEN]]));
  expect(witness.violations).toEqual([
    'one token or key is both ApiKey/team-config/checkout production v1 and ApiKey/team-config/checkout production v2',
  ]);
});

const owner = 'ApiKey/team-config/checkout';
const inProduction = (): EnvironmentEntry => environmentOf('production', [[1, hashOf(TOKEN), 'Current', 'FirstIssue']]);

/** Of a key that production shares with staging, which had given it up. */
function sharedLedger(at: number, cause: MintCause): ServerEvent<Secret> {
  const staging = environmentOf('staging', [
    [2, hashOf(TOKEN), 'Current', cause],
    [1, hashOf(TOKEN), 'Retired', 'FirstIssue'],
  ]);
  return ledgerEvent(at, { lastVersion: 2, environments: [inProduction(), staging] });
}

test('Witness lets an environment that begins anew have the shared key that it had given up', () => {
  const witness = witnessOf();
  const gone = environmentOf('staging', [[1, hashOf(TOKEN), 'Retired', 'FirstIssue']]);
  witness.seeSecret(ledgerEvent(10, { lastVersion: 1, environments: [inProduction(), gone] }));
  witness.seeSecret(sharedLedger(12, 'FirstIssue'));
  const staging = { labels: { 'keywright.dev/environment': 'staging' } };
  witness.seeSecret(delivery(13, 2, TOKEN, { type: 'MODIFIED', metadata: staging }));
  witness.seeSecret(sharedLedger(14, 'FirstIssue'));
  expect(witness.violations).toEqual([]);
});

test.each(['AlgorithmChanged', 'Triggered'] as const)(
  'Witness finds a rotation to a shared key that its environment had given up: %s',
  (cause) => {
    const witness = witnessOf();
    witness.seeSecret(sharedLedger(10, cause));
    expect(witness.violations).toEqual([`one token or key is both ${owner} staging v1 and ${owner} staging v2`]);
  },
);

test('Witness finds a shared key that comes back where no other environment has it any more', () => {
  const witness = witnessOf();
  const given = [1, hashOf(TOKEN), 'Retired', 'FirstIssue'] as const;
  const back = environmentOf('staging', [[2, hashOf(TOKEN), 'Current', 'FirstIssue'], given]);
  const production = environmentOf('production', [given]);
  witness.seeSecret(ledgerEvent(10, { lastVersion: 2, environments: [production, back] }));
  expect(witness.violations).toEqual([`one token or key is both ${owner} staging v1 and ${owner} staging v2`]);
});

test('Witness finds an update with a version that the ledger had refused, though it has it in force again', () => {
  const witness = witnessOf();
  witness.seeKey(status(9, [[1, TOKEN]]));
  witness.seeSecret(record(10, { versions: [[1, TOKEN, 'Revoked']] }));
  witness.seeSecret(record(11, { versions: [[1, TOKEN, 'Current']] }));
  witness.seeSecret(delivery(12, 1, TOKEN, { type: 'MODIFIED' }));
  expect(witness.violations).toEqual([
    'ApiKey/team-config/checkout: team-eu/checkout was given at 12 what the ledger refuses since 10',
  ]);
});

test('Witness finds a version number that is given again, and counters that go back', () => {
  const witness = witnessOf();
  witness.seeSecret(record(10, { sequence: 5, lastVersion: 3, versions: [] }));
  witness.seeSecret(record(11, { sequence: 4, lastVersion: 2, versions: [[2, TOKEN, 'Current']] }));
  expect(witness.violations).toEqual([
    'ApiKey/team-config/checkout production v2 is new although 3 was the last version already',
    'ApiKey/team-config/checkout: the sequence fell from 5 to 4',
    'ApiKey/team-config/checkout: the last version fell from 3 to 2',
  ]);
});

test('Witness finds an update that brings back what the ledger refuses, and lets a late POST be', () => {
  const witness = witnessOf();
  witness.seeKey(status(9, [[1, TOKEN]]));
  witness.seeSecret(record(10, { versions: [[1, TOKEN, 'Revoked']] }));
  witness.seeSecret(delivery(11, 1, TOKEN));
  expect(witness.violations).toEqual([]);
  witness.seeSecret(delivery(12, 1, TOKEN, { type: 'MODIFIED' }));
  expect(witness.violations).toEqual([
    'ApiKey/team-config/checkout: team-eu/checkout was given at 12 what the ledger refuses since 10',
  ]);
});

test('Witness lets an environment go on with a shared key that another one refuses already', () => {
  const witness = witnessOf();
  witness.seeKey(status(9, [[1, TOKEN]]));
  witness.seeSecret(record(10, { versions: [[1, TOKEN, 'Retired']] }));
  const staging = { labels: { 'keywright.dev/environment': 'staging' } };
  witness.seeSecret(delivery(11, 1, TOKEN, { type: 'MODIFIED', metadata: staging }));
  expect(witness.violations).toEqual([]);
});

test('Witness judges no edit of a writer, and everything after it', () => {
  const witness = witnessOf();
  witness.seeSecret(delivery(11, 1, TOKEN, { type: 'MODIFIED', metadata: marked('edit-1') }));
  witness.end();
  expect(witness.violations).toEqual([]);
  witness.seeSecret(delivery(12, 1, TOKEN, { type: 'MODIFIED', metadata: marked('edit-1') }));
  witness.end();
  expect(witness.violations).toEqual([
    'ApiKey/team-config/checkout: team-eu/checkout was given at 12 what no status ever named',
  ]);
});

test('Witness finds a Secret where no project wants one, and one with a finalizer', () => {
  const witness = witnessOf();
  witness.seeKey(status(9, [[1, TOKEN]]));
  witness.seeSecret(delivery(11, 1, TOKEN, { metadata: { namespace: 'elsewhere', finalizers: ['a/b'] } }));
  expect(witness.violations).toEqual([
    'elsewhere/checkout is where no project wants a Secret',
    'elsewhere/checkout has an ownerReference or a finalizer',
  ]);
});

test("Witness finds a stranger's Secret that is written or deleted, and leaves its owner alone", () => {
  const witness = witnessOf();
  const stranger = (at: number, type: 'ADDED' | 'MODIFIED' | 'DELETED', more: object): ServerEvent<Secret> =>
    delivery(at, 1, TOKEN, { type, metadata: { uid: 'u', labels: STRANGER, ...more } });
  witness.seeSecret(stranger(11, 'ADDED', marked('edit-1')));
  witness.seeSecret(stranger(12, 'MODIFIED', marked('edit-2')));
  expect(witness.violations).toEqual([]);
  witness.seeSecret(stranger(13, 'MODIFIED', { ...marked('edit-2'), labels: { a: 'b' } }));
  witness.seeSecret(stranger(14, 'DELETED', marked('edit-2')));
  const place = 'team-eu/checkout belongs to somebody else and was';
  expect(witness.violations).toEqual([`${place} written at 13`, `${place} deleted`]);
  witness.seeSecret(stranger(15, 'ADDED', { ...released('edit-3'), uid: 'v' }));
  witness.seeSecret(stranger(16, 'DELETED', { ...released('edit-3'), uid: 'v' }));
  expect(witness.violations).toHaveLength(2);
});

test('Witness finds a record that is deleted', () => {
  const witness = witnessOf();
  witness.seeSecret({ ...record(10, { versions: [] }), type: 'DELETED' });
  expect(witness.violations).toEqual(['the record record was deleted']);
});

test('Witness remembers which keys left their Secrets behind, until they are applied again', () => {
  const witness = witnessOf();
  const kept = status(11, [], { deletionPolicy: 'Retain' });
  const owner = 'ApiKey/team-config/checkout';
  witness.seeKey({ ...kept, type: 'ADDED' });
  witness.seeKey({ ...kept, type: 'DELETED' });
  expect(witness.retained).toEqual(new Set([owner]));
  witness.seeKey({ ...kept, type: 'ADDED' });
  expect(witness.retained).toEqual(new Set());
  witness.seeKey({
    ...status(12, [], { deletionPolicy: 'Retain', revocation: { reason: 'Retired' } }),
    type: 'DELETED',
  });
  expect(witness.retained).toEqual(new Set());
});

test('Witness takes no word of an object that was gone before the operator held it', () => {
  const witness = witnessOf();
  const kept = status(11, [], { deletionPolicy: 'Retain' });
  const passing = status(12, [], { revocation: { reason: 'Retired' } });
  const metadata = { ...passing.object.metadata, uid: 'other', finalizers: [] };
  witness.seeKey({ ...kept, type: 'ADDED' });
  witness.seeKey({ ...kept, type: 'DELETED' });
  for (const type of ['ADDED', 'DELETED'] as const) witness.seeKey({ type, object: { ...passing.object, metadata } });
  expect(witness.retained).toEqual(new Set(['ApiKey/team-config/checkout']));
});

function witnessOf(): Witness {
  return new Witness({ operatorNamespace: OPERATOR, mapped: new Set(['team-eu']) });
}

function status(
  at: number,
  versions: readonly (readonly [version: number, token: string])[],
  spec: Partial<ApiKey['spec']> = {},
): ServerEvent<ApiKey> {
  const shown = versions.map(([version, token]) => ({
    version,
    state: 'Current' as const,
    keyId: '',
    maskedToken: '',
    hash: hashOf(token),
    createdAt: '',
  }));
  return {
    type: 'MODIFIED',
    object: {
      apiVersion: 'keywright.dev/v1alpha1',
      kind: 'ApiKey',
      metadata: {
        namespace: 'team-config',
        name: 'checkout',
        uid: 'checkout',
        resourceVersion: String(at),
        finalizers: [FINALIZER],
      },
      spec: { project: 'team', type: 'Secret', environments: [{ name: 'production' }], ...spec },
      status: { environments: [{ name: 'production', state: 'Active', success: true, versions: shown }] },
    },
  };
}

interface Told {
  readonly sequence?: number;
  readonly lastVersion?: number;
  readonly versions: readonly (readonly [version: number, token: string, state: VersionState])[];
}

function record(at: number, { sequence = at, lastVersion, versions }: Told): ServerEvent<Secret> {
  return ledgerEvent(at, {
    sequence,
    lastVersion: lastVersion ?? Math.max(0, ...versions.map(([version]) => version)),
    environments: [
      environmentOf(
        'production',
        versions.map(([version, token, state]) => [version, hashOf(token), state, 'FirstIssue']),
      ),
    ],
  });
}

function environmentOf(
  name: string,
  versions: readonly (readonly [version: number, hash: string, state: VersionState, cause: MintCause])[],
): EnvironmentEntry {
  const told = versions.map(([version, hash, state, cause]) => ({
    version,
    keyId: '',
    hash,
    cause,
    createdAt: '',
    state,
    stateSince: '',
  }));
  return { name, state: 'Active', places: [], versions: told };
}

function ledgerEvent(at: number, told: Partial<Ledger>): ServerEvent<Secret> {
  const ledger: Partial<Ledger> = { kind: 'ApiKey', namespace: 'team-config', name: 'checkout', sequence: at, ...told };
  return {
    type: 'MODIFIED',
    object: {
      type: 'keywright.dev/record',
      metadata: { namespace: OPERATOR, name: 'record', resourceVersion: String(at) },
      data: { ledger: base64(JSON.stringify(ledger)) },
    },
  };
}

interface Delivered {
  readonly type?: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly previous?: string;
  readonly metadata?: Partial<Secret['metadata']>;
}

function delivery(
  at: number,
  version: number,
  token: string,
  { type = 'ADDED', previous, metadata }: Delivered = {},
): ServerEvent<Secret> {
  const annotations = {
    'keywright.dev/owner': 'ApiKey/team-config/checkout',
    'keywright.dev/version': String(version),
    'keywright.dev/key-id': 'abc',
    'keywright.dev/proof': 'proof',
  };
  return {
    type,
    object: {
      metadata: {
        namespace: 'team-eu',
        name: 'checkout',
        resourceVersion: String(at),
        labels: { 'keywright.dev/environment': 'production' },
        ...metadata,
        annotations: { ...annotations, ...metadata?.annotations },
      },
      data: { token: base64(token), ...(previous !== undefined && { 'previous.token': base64(previous) }) },
    },
  };
}

function hashOf(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('hex')}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
