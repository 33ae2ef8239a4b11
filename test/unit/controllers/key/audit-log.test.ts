import { describe, expect, test } from 'vitest';
import { logDelivery, logRecordWrite, logWithdrawal } from '../../../../src/controllers/key/audit-log.ts';
import type { SecretWrite } from '../../../../src/controllers/key/delivery-counts.ts';
import type { RecordChange } from '../../../../src/controllers/planning/record-change.ts';
import type { Logger } from '../../../../src/logger.ts';
import type { Ledger, VersionEntry } from '../../../../src/sealing/ledger.ts';
import {
  apiKeyOf,
  EU,
  held,
  hoursFromNow,
  ledgerOf,
  productionEntry,
  recordOf,
  settled,
  stagingEntry,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';
import { RecordingLogger, type LogLine } from '../../../support/recording-logger.ts';
import { checkout } from '../../../support/sealing.ts';
import type { KeyObjectFacts } from '../../../../src/controllers/planning/key-rules.ts';

function logged(write: (logger: Logger) => void): readonly LogLine[] {
  const logger = new RecordingLogger();
  write(logger);
  return logger.lines;
}

describe('logRecordWrite', () => {
  const NOTHING: RecordChange = {
    ledger: ledgerOf({ sequence: 3 }),
    mints: [],
    signing: [],
    seal: [],
    drop: [],
    settles: false,
  };
  const written = (
    change: Partial<RecordChange>,
    given: Partial<KeyObjectFacts> = {},
    after: Ledger = ledgerOf(),
  ): readonly LogLine[] =>
    logged((logger) => logRecordWrite(logger, { ...settled(), ...given }, { ...NOTHING, ...change }, after));

  test('names what was minted by environment, version, public id and cause, in one line', () => {
    const order = { version: 1, material: { kind: 'Token', prefix: 'acme_sk_live', signingSecret: false } } as const;
    const mints = [
      { ...order, environment: 'staging', cause: 'FirstIssue' },
      { ...order, environment: 'production', cause: 'MaterialLost' },
    ] as const;
    expect(written({ mints })).toEqual([
      {
        level: 'info',
        message: 'Minted a version',
        fields: {
          ...checkout,
          versions: [
            { environment: 'staging', version: 1, keyId: 'k00000000001', cause: 'FirstIssue' },
            { environment: 'production', version: 1, keyId: 'k00000000001', cause: 'MaterialLost' },
          ],
        },
      },
    ]);
  });

  test('tells of what was imported in a line of its own', () => {
    const minted = { kind: 'Token', prefix: 'acme_sk_live', signingSecret: false } as const;
    const mints = [
      { version: 1, environment: 'staging', cause: 'FirstIssue', material: minted },
      {
        version: 1,
        environment: 'production',
        cause: 'ImportChanged',
        material: { kind: 'Import', sourceHash: 'h', isShared: false },
      },
    ] as const;
    expect(written({ mints })).toMatchObject([
      { message: 'Minted a version', fields: { versions: [{ environment: 'staging' }] } },
      {
        message: 'Imported a version',
        fields: { versions: [{ environment: 'production', keyId: 'k00000000001', cause: 'ImportChanged' }] },
      },
    ]);
  });

  test('names signing secrets that were minted by the version they belong to', () => {
    const signing = [{ environment: 'production', version: 1, cause: 'MaterialLost' }] as const;
    const [line] = written({ signing });
    expect(line).toMatchObject({
      message: 'Minted a signing secret',
      fields: { versions: [{ ...signing[0], keyId: 'k00000000001' }] },
    });
  });

  test.each([
    { state: 'Retiring', message: 'Superseded a version' },
    { state: 'Retired', message: 'Retired a version' },
    { state: 'Revoked', message: 'Revoked a version' },
  ] as const)('tells which versions became $state, once', ({ state, message }) => {
    const before = [versionEntry('production', 2), versionEntry('production', 1, { state: 'Revoked' })];
    const versions = [versionEntry('production', 2, { state }), versionEntry('production', 1, { state: 'Revoked' })];
    const environments = [stagingEntry(), productionEntry({ versions })];
    const given = { record: recordOf({ environments: [stagingEntry(), productionEntry({ versions: before })] }) };
    expect(written({}, given, ledgerOf({ environments }))).toEqual([
      {
        level: 'info',
        message,
        fields: { ...checkout, versions: [{ environment: 'production', version: 2, keyId: 'k00000000002' }] },
      },
    ]);
    expect(written({}, { record: recordOf({ environments }) }, ledgerOf({ environments }))).toEqual([]);
  });

  describe('of a revocation', () => {
    const since = hoursFromNow(0);
    const revoked = [
      stagingEntry(),
      productionEntry({ versions: [versionEntry('production', 1, { state: 'Revoked' })] }),
    ];
    const revocation = { reason: 'Compromised', since, throughVersion: 1 } as const;
    const version = { environment: 'production', version: 1, keyId: 'k00000000001' };

    test('tells once that it was followed, and with each version why it was revoked', () => {
      const after = ledgerOf({ environments: revoked, revocation });
      expect(written({}, {}, after)).toEqual([
        {
          level: 'info',
          message: 'Followed a revocation',
          fields: { ...checkout, reason: 'Compromised', throughVersion: 1 },
        },
        {
          level: 'info',
          message: 'Revoked a version',
          fields: { ...checkout, versions: [{ ...version, reason: 'Compromised' }] },
        },
      ]);
      expect(written({}, { record: recordOf(after) }, after)).toEqual([]);
    });

    test('gives no reason for what nobody revoked', () => {
      const [line, ...more] = written({ settles: true }, {}, ledgerOf({ environments: revoked })).slice(1);
      expect(line).toEqual({
        level: 'info',
        message: 'Revoked a version',
        fields: { ...checkout, versions: [version] },
      });
      expect(more).toEqual([]);
    });
  });

  test('tells of an environment that is taken up again', () => {
    const environments = [stagingEntry(), productionEntry({ state: 'Withdrawn', destroyAt: hoursFromNow(1) })];
    expect(written({}, { record: recordOf({ environments }) })).toEqual([
      { level: 'info', message: 'Took an environment up again', fields: { ...checkout, environment: 'production' } },
    ]);
  });

  test.each<{ name: string; before: readonly VersionEntry[]; after: readonly VersionEntry[]; want: readonly string[] }>(
    [
      {
        name: 'gets a new version after its window',
        before: [versionEntry('production', 1, { state: 'Retired' })],
        after: [versionEntry('production', 2), versionEntry('production', 1, { state: 'Retired' })],
        want: [],
      },
      {
        name: 'missed a rotation',
        before: [versionEntry('production', 1)],
        after: [versionEntry('production', 2), versionEntry('production', 1, { state: 'Retired' })],
        want: ['Retired a version'],
      },
    ],
  )('does not say so of an environment that $name: none of its versions is back', ({ before, after, want }) => {
    const was = [stagingEntry(), productionEntry({ state: 'Withdrawn', versions: before, places: [] })];
    const is = [stagingEntry(), productionEntry({ versions: after })];
    const lines = written({}, { record: recordOf({ environments: was }) }, ledgerOf({ environments: is }));
    expect(lines.map(({ message }) => message)).toEqual(want);
  });

  const deleted = apiKeyOf();
  test.each<{ cause: string; given: Partial<KeyObjectFacts> }>([
    { cause: 'NotWanted', given: {} },
    {
      cause: 'KeyDeleted',
      given: { object: { ...deleted, metadata: { ...deleted.metadata, deletionTimestamp: hoursFromNow(0) } } },
    },
    { cause: 'WithdrawOrder', given: { object: undefined } },
  ])('tells of a withdrawn environment and its cause: $cause', ({ cause, given }) => {
    const destroyAt = hoursFromNow(24);
    const environments = [stagingEntry(), productionEntry({ state: 'Withdrawn', destroyAt })];
    expect(written({}, given, ledgerOf({ environments }))).toEqual([
      {
        level: 'info',
        message: 'Withdrew an environment',
        fields: { ...checkout, environment: 'production', destroyAt, cause },
      },
    ]);
  });

  test('tells of material that was destroyed', () => {
    const drop = [{ environment: 'production', version: 1, field: 'token' }] as const;
    const environments = [
      stagingEntry(),
      productionEntry({ versions: [versionEntry('production', 1, { state: 'Retired' })] }),
    ];
    expect(written({ drop }, {}, ledgerOf({ environments }))).toMatchObject([
      { message: 'Retired a version' },
      { message: 'Destroyed sealed material', fields: { material: drop } },
    ]);
  });

  test('keeps quiet about a delivered token that leaves the record, and about any other write', () => {
    expect(written({ drop: [{ environment: 'production', version: 1, field: 'token' }] })).toEqual([]);
    expect(written({})).toEqual([]);
  });

  test('tells of a record that caught up with what was delivered', () => {
    expect(written({ settles: true }, {}, ledgerOf({ sequence: 9 }))).toMatchObject([
      { message: 'Settled a record that was older than what was delivered', fields: { sequence: 9 } },
    ]);
  });
});

describe('logDelivery', () => {
  const write = (namespace: string, result: SecretWrite['result']): SecretWrite => ({
    target: {
      verb: 'Update',
      wanted: wantedOf(held(namespace), 'production', versionEntry('production', 1)),
      source: { kind: 'Sealed' },
      replaces: undefined,
    },
    result,
  });

  test('counts by result and names version and namespaces, in one line', () => {
    const writes = [write(EU, 'repaired'), write(US, 'adopted')];
    expect(logged((logger) => logDelivery(logger, settled(), writes))).toEqual([
      {
        level: 'info',
        message: 'Delivered Secrets',
        fields: {
          ...checkout,
          repaired: 1,
          adopted: 1,
          versions: [{ environment: 'production', version: 1, keyId: 'k00000000001' }],
          namespaces: [EU, US],
        },
      },
    ]);
  });

  test('names 8 namespaces and counts them all', () => {
    const writes = Array.from({ length: 20 }, (_, index) => write(`ns-${index}`, 'created'));
    const [line] = logged((logger) => logDelivery(logger, settled(), writes));
    expect(line?.fields).toMatchObject({ created: 20 });
    expect(line?.fields['namespaces']).toHaveLength(8);
  });

  test('keeps quiet when nothing was written', () => {
    expect(logged((logger) => logDelivery(logger, settled(), []))).toEqual([]);
  });
});

describe('logWithdrawal', () => {
  test('counts and names what was deleted, and keeps quiet otherwise', () => {
    const places = [EU, US].map((namespace) => ({ namespace, secretName: 'checkout' }));
    expect(logged((logger) => logWithdrawal(logger, settled(), places))).toEqual([
      { level: 'info', message: 'Withdrew Secrets', fields: { ...checkout, withdrawn: 2, namespaces: [EU, US] } },
    ]);
    expect(logged((logger) => logWithdrawal(logger, settled(), []))).toEqual([]);
  });
});
