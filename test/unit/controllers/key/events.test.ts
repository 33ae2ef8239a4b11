import { describe, expect, test } from 'vitest';
import {
  announceDelivery,
  announceRecord,
  announceRelease,
  announceWithdrawal,
} from '../../../../src/controllers/key/events.ts';
import type { ImportWarnings } from '../../../../src/controllers/secrets/write-record.ts';
import type { SecretWrite } from '../../../../src/controllers/key/delivery-counts.ts';
import type { WithdrawalTarget } from '../../../../src/controllers/key/secret-work.ts';
import type { KeyEvent, KeyEvents } from '../../../../src/controllers/shared/key-events.ts';
import type { MintOrder, RecordChange } from '../../../../src/controllers/planning/record-change.ts';
import type { KubeObject } from '../../../../src/kube/objects/objects.ts';
import type { EnvironmentEntry, Revocation } from '../../../../src/sealing/ledger.ts';
import {
  EU,
  held,
  hoursFromNow,
  ledgerOf,
  productionEntry,
  recordOf,
  settled,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';
import type { KeyObjectFacts } from '../../../../src/controllers/planning/key-rules.ts';

class Recorded implements KeyEvents {
  readonly all: KeyEvent[] = [];

  record(_regarding: KubeObject, event: KeyEvent): void {
    this.all.push(event);
  }
}

function recorded(announce: (events: KeyEvents) => void): readonly KeyEvent[] {
  const events = new Recorded();
  announce(events);
  return events.all;
}

describe('announceRecord', () => {
  const mint = (environment: string, cause: MintOrder['cause']): MintOrder => ({
    environment,
    version: 4,
    cause,
    material: { kind: 'Token', prefix: 'acme_sk_live', signingSecret: false },
  });
  const imported = (environment: string, cause: MintOrder['cause']): MintOrder => ({
    ...mint(environment, cause),
    material: { kind: 'Import', sourceHash: 'hmac-sha256:p1:00', isShared: false },
  });
  const TOKEN_IMPORT = { kind: 'ImportedToken', sourceHash: 'hmac-sha256:p1:00', signingSecret: false } as const;
  const change = (sequence: number, ...mints: readonly MintOrder[]): RecordChange => ({
    ledger: ledgerOf({ sequence }),
    mints,
    signing: [],
    seal: [],
    drop: [],
    settles: false,
  });
  const announced = (
    given: Partial<KeyObjectFacts>,
    what: RecordChange,
    warnings: readonly ImportWarnings[] = [],
  ): readonly KeyEvent[] => recorded((events) => announceRecord(events, { ...settled(), ...given }, what, warnings));

  test('tells of all environments minted together in one event', () => {
    expect(announced({}, change(3, mint('staging', 'FirstIssue'), mint('production', 'FirstIssue')))).toEqual([
      {
        type: 'Normal',
        reason: 'Minted',
        action: 'Mint',
        note: 'Minted version 4 for environment "staging", "production"',
      },
    ]);
  });

  test.each<{ cause: MintOrder['cause']; note: string }>([
    { cause: 'Triggered', note: 'Minted version 4 for environment "staging": a rotation was asked for' },
    { cause: 'IntervalPassed', note: 'Minted version 4 for environment "staging": the rotation interval passed' },
    { cause: 'AlgorithmChanged', note: 'Minted version 4 for environment "staging": spec.algorithm changed' },
  ])('tells why a version was minted: $cause', ({ cause, note }) => {
    expect(announced({}, change(3, mint('staging', cause)))).toEqual([
      { type: 'Normal', reason: 'Minted', action: 'Mint', note },
    ]);
  });

  test.each<{ cause: MintOrder['cause']; note: string }>([
    { cause: 'FirstIssue', note: 'Imported version 4 for environment "staging", "production"' },
    {
      cause: 'ImportChanged',
      note: 'Imported version 4 for environment "staging", "production": the import source changed',
    },
  ])('tells of an import as one, and why it was read: $cause', ({ cause, note }) => {
    expect(announced({}, change(3, imported('staging', cause), imported('production', cause)))).toEqual([
      { type: 'Normal', reason: 'Imported', action: 'Import', note },
    ]);
  });

  test('tells of an imported token as an import, beside what was minted', () => {
    const token = { ...imported('staging', 'FirstIssue'), material: TOKEN_IMPORT };
    const reasons = announced({}, change(3, token, mint('production', 'FirstIssue'))).map(({ note }) => note);
    expect(reasons).toEqual([
      'Imported version 4 for environment "staging"',
      'Minted version 4 for environment "production"',
    ]);
  });

  test('warns of a loss, beside what was issued in the same write', () => {
    expect(
      announced({ isLive: true }, change(3, mint('staging', 'FirstIssue'), mint('production', 'MaterialLost'))),
    ).toEqual([
      { type: 'Normal', reason: 'Minted', action: 'Mint', note: 'Minted version 4 for environment "staging"' },
      {
        type: 'Warning',
        reason: 'MaterialLost',
        action: 'Mint',
        note: 'Minted version 4 for environment "production": no Secret held the last one any more',
      },
    ]);
  });

  test('warns of what is unusual about each key that was imported', () => {
    const imports = change(3, imported('production', 'ImportChanged'));
    const warnings = [{ environment: 'production', texts: ['It is large', 'It is old'] }];
    expect(announced({}, imports, warnings).slice(1)).toEqual([
      {
        type: 'Warning',
        reason: 'ImportUnusual',
        action: 'Import',
        note: 'Imported version 4 for environment "production". It is large. It is old',
      },
    ]);
  });

  test('warns of a signing secret that was lost, and not of one that was asked for', () => {
    const version = { version: 4 } as const;
    const lost = { environment: 'production', ...version, cause: 'MaterialLost' } as const;
    const asked = { environment: 'staging', ...version, cause: 'FirstIssue' } as const;
    expect(announced({ isLive: true }, { ...change(3), signing: [asked, lost] })).toEqual([
      {
        type: 'Warning',
        reason: 'MaterialLost',
        action: 'Mint',
        note: 'Minted a new signing secret for environment "production": no Secret held the last one any more',
      },
    ]);
  });

  test.each<{ name: string; settles: boolean; given: Partial<KeyObjectFacts>; want: number }>([
    { name: 'a record that settles', settles: true, given: {}, want: 1 },
    { name: 'one that only skips sequence numbers', settles: false, given: { isLive: true }, want: 0 },
    { name: 'an orphan that settles', settles: true, given: { object: undefined }, want: 0 },
  ])('warns of a settlement $want times for $name', ({ settles, given, want }) => {
    const events = announced(given, { ...change(9), settles });
    expect(events.filter(({ reason }) => reason === 'RecordSettled')).toHaveLength(want);
  });

  describe('of a revocation', () => {
    const since = hoursFromNow(0);
    const revoked = (environment: string, ...versions: readonly number[]): EnvironmentEntry => ({
      ...productionEntry({ name: environment }),
      versions: versions.map((version) => versionEntry(environment, version, { state: 'Revoked' })),
    });
    const live = (environment: string, newest: number, older: number): EnvironmentEntry => ({
      ...revoked(environment),
      versions: [versionEntry(environment, newest), versionEntry(environment, older, { state: 'Retiring' })],
    });
    const through = (throughVersion: number): Revocation => ({ reason: 'Compromised', since, throughVersion });
    const before = { environments: [live('staging', 3, 2), live('production', 3, 2)] };

    test('warns once, with the reason and the versions that it took back', () => {
      const environments = [revoked('staging', 3, 2), revoked('production', 3, 2)];
      const write = { ...change(5), ledger: ledgerOf({ environments, revocation: through(3) }) };
      expect(announced({ record: recordOf(before) }, write)).toEqual([
        {
          type: 'Warning',
          reason: 'VersionsRevoked',
          action: 'Revoke',
          note: 'Revoked all versions up to 3 for good (Compromised): version 3 of environment "staging", version 2 of environment "staging", version 3 of environment "production", version 2 of environment "production"',
        },
      ]);
      expect(announced({ record: recordOf(write.ledger) }, write)).toEqual([]);
    });

    test('says that the key as a whole was meant, and which versions were out of force already', () => {
      const revocation = { reason: 'Superseded', since } as const;
      const dead = { environments: [revoked('production', 2)] };
      const write = { ...change(5), ledger: ledgerOf({ ...dead, revocation }) };
      const [event] = announced({ record: recordOf({ ...dead, revocation: through(2) }) }, write);
      expect(event?.note).toBe('Revoked the whole key for good (Superseded); no version was in force any more');
    });

    test('names eight versions and how many more there are', () => {
      const names = Array.from({ length: 16 }, (_, index) => `${'e'.repeat(60)}-${index}`);
      const environments = names.map((name) => revoked(name, 3, 2));
      const write = { ...change(5), ledger: ledgerOf({ environments, revocation: through(3) }) };
      const [event] = announced({ record: recordOf({ environments: names.map((name) => live(name, 3, 2)) }) }, write);
      expect(event?.note).toMatch(/ and 24 more$/);
      expect(event?.note.length).toBeLessThan(1_024);
    });
  });

  test('keeps quiet about an ordinary record write', () => {
    expect(announced({ isLive: true }, change(3))).toEqual([]);
  });
});

describe('announceRelease', () => {
  const released = (given: Partial<KeyObjectFacts>): readonly KeyEvent[] =>
    recorded((events) => announceRelease(events, { ...settled(), ...given }));

  test('tells of a key of another installation that was let go, and what stays', () => {
    expect(released({ project: { kind: 'Elsewhere', owner: 'other', installation: 'own', reportedBy: 'Us' } })).toEqual(
      [
        {
          type: 'Warning',
          reason: 'Released',
          action: 'Release',
          note: 'The KeyProject belongs to installation "other", and the key is let go without it; its Secrets and its record stay',
        },
      ],
    );
  });

  test('keeps quiet about a key that was withdrawn', () => {
    expect(released({})).toEqual([]);
  });
});

describe('announceDelivery', () => {
  const write = (namespace: string, result: SecretWrite['result']): SecretWrite => ({
    target: {
      verb: 'Update',
      wanted: wantedOf(held(namespace), 'production', versionEntry('production', 1)),
      source: { kind: 'Sealed' },
      replaces: undefined,
    },
    result,
  });
  const announced = (given: Partial<KeyObjectFacts>, ...writes: readonly SecretWrite[]): readonly KeyEvent[] =>
    recorded((events) => announceDelivery(events, { ...settled(), ...given }, writes));

  test.each([
    {
      result: 'repaired',
      want: {
        type: 'Normal',
        reason: 'DriftRepaired',
        action: 'Deliver',
        note: 'Put back what had been changed or deleted: Secret "checkout" in namespace "payments-prod-eu"',
      },
    },
    {
      result: 'adopted',
      want: {
        type: 'Normal',
        reason: 'Adopted',
        action: 'Deliver',
        note: 'Overwrote what was not the key\'s, with the consent that it carried: Secret "checkout" in namespace "payments-prod-eu"',
      },
    },
  ] as const)('tells of one Secret that was $result', ({ result, want }) => {
    expect(announced({}, write(EU, result))).toEqual([want]);
  });

  test('names further ones in the same event', () => {
    expect(announced({}, write(EU, 'repaired'), write(US, 'repaired')).map(({ note }) => note)).toEqual([
      'Put back what had been changed or deleted: Secret "checkout" in namespace "payments-prod-eu", Secret "checkout" in namespace "payments-prod-us"',
    ]);
  });

  test('keeps quiet about ordinary writes, and when there is nobody to tell', () => {
    expect(announced({}, write(EU, 'created'), write(US, 'updated'))).toEqual([]);
    expect(announced({ object: undefined }, write(EU, 'repaired'))).toEqual([]);
  });
});

describe('announceWithdrawal', () => {
  const place = { namespace: EU, secretName: 'checkout', environment: 'production' };
  const announced = (given: Partial<KeyObjectFacts>, ...deleted: readonly WithdrawalTarget[]): readonly KeyEvent[] =>
    recorded((events) => announceWithdrawal(events, { ...settled(), ...given }, deleted));

  test('names what was deleted', () => {
    expect(announced({}, place)).toEqual([
      {
        type: 'Normal',
        reason: 'Withdrawn',
        action: 'Withdraw',
        note: 'Deleted what is no longer wanted: Secret "checkout" in namespace "payments-prod-eu"',
      },
    ]);
  });

  test('names 8 Secrets and counts the rest', () => {
    const many = Array.from({ length: 10 }, (_, index) => ({ ...place, namespace: `ns-${index}` }));
    expect(announced({}, ...many)[0]?.note).toMatch(/, Secret "checkout" in namespace "ns-7" and 2 more$/);
  });

  test('keeps quiet when nothing went, and when there is nobody to tell', () => {
    expect(announced({})).toEqual([]);
    expect(announced({ object: undefined }, place)).toEqual([]);
  });
});
