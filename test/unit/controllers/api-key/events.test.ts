import { describe, expect, test } from 'vitest';
import {
  announceDelivery,
  announceRecord,
  announceRelease,
  announceWithdrawal,
} from '../../../../src/controllers/api-key/events.ts';
import type { ApiKeyFacts } from '../../../../src/controllers/api-key/facts.ts';
import type { KeyEvent, KeyEvents } from '../../../../src/controllers/shared/key-events.ts';
import type { DeliveryTarget } from '../../../../src/controllers/planning/place-state.ts';
import type { MintOrder, RecordChange } from '../../../../src/controllers/planning/record-change.ts';
import { placeKey, type Observation } from '../../../../src/controllers/planning/secret-view.ts';
import type { KubeObject } from '../../../../src/kube/objects/objects.ts';
import {
  ABSENT,
  apiKeyOf,
  EU,
  held,
  ledgerOf,
  present,
  recordOf,
  secretView,
  settled,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

class Recorded implements KeyEvents {
  readonly all: KeyEvent[] = [];
  readonly about: KubeObject[] = [];

  record(regarding: KubeObject, event: KeyEvent): void {
    this.about.push(regarding);
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
    tokenPrefix: 'acme_sk_live',
    signingSecret: false,
  });
  const change = (sequence: number, ...mints: readonly MintOrder[]): RecordChange => ({
    ledger: ledgerOf({ sequence }),
    mints,
    signing: [],
    seal: [],
    drop: [],
  });
  const announced = (given: Partial<ApiKeyFacts>, what: RecordChange): readonly KeyEvent[] =>
    recorded((events) => announceRecord(events, { ...settled(), ...given }, what));

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

  test.each<{ name: string; given: Partial<ApiKeyFacts>; want: number }>([
    { name: 'a record that jumps past its sequence', given: { isLive: true }, want: 1 },
    { name: 'a record rebuilt from nothing', given: { isLive: true, record: { kind: 'Absent' } }, want: 1 },
    { name: 'a write that only moves on', given: { isLive: true, record: recordOf({ sequence: 8 }) }, want: 0 },
    { name: 'an orphan', given: { isLive: true, object: undefined }, want: 0 },
  ])('warns of a settlement $want times for $name', ({ given, want }) => {
    expect(announced(given, change(9)).filter(({ reason }) => reason === 'RecordSettled')).toHaveLength(want);
  });

  test('keeps quiet about an ordinary record write', () => {
    expect(announced({ isLive: true }, change(3))).toEqual([]);
  });
});

describe('announceRelease', () => {
  const released = (given: Partial<ApiKeyFacts>): readonly KeyEvent[] =>
    recorded((events) => announceRelease(events, { ...settled(), ...given }));

  test('tells of a key of another installation that was let go, and what stays', () => {
    expect(released({ project: { kind: 'Elsewhere', owner: 'other', reportedBy: 'Us' } })).toEqual([
      {
        type: 'Warning',
        reason: 'Released',
        action: 'Release',
        note: 'The KeyProject belongs to installation "other", which does not serve this key; it is let go, and its Secrets and its record stay',
      },
    ]);
  });

  test('keeps quiet about a key that was withdrawn', () => {
    expect(released({})).toEqual([]);
  });
});

describe('announceDelivery', () => {
  const version = versionEntry('production', 1);
  const target = (namespace: string): DeliveryTarget => ({
    verb: 'Update',
    wanted: wantedOf(held(namespace), 'production', version),
    source: { kind: 'Sealed' },
    replaces: undefined,
  });
  const back = (...namespaces: readonly string[]): ReadonlyMap<string, Observation> =>
    new Map(
      namespaces.map((namespace) => [
        placeKey(held(namespace)),
        present(secretView(wantedOf(held(namespace), 'production', version))),
      ]),
    );
  const announced = (
    given: Partial<ApiKeyFacts>,
    seen: ReadonlyMap<string, Observation>,
    ...targets: readonly DeliveryTarget[]
  ): readonly KeyEvent[] => recorded((events) => announceDelivery(events, { ...settled(), ...given }, targets, seen));

  test('tells of one Secret that was put back', () => {
    expect(announced({}, back(EU), target(EU))).toEqual([
      {
        type: 'Normal',
        reason: 'DriftRepaired',
        action: 'Deliver',
        note: 'Put back what had been changed or deleted: Secret "checkout" in namespace "payments-prod-eu"',
      },
    ]);
  });

  test('names further ones in the same event', () => {
    expect(announced({}, back(EU, US), target(EU), target(US)).map(({ note }) => note)).toEqual([
      'Put back what had been changed or deleted: Secret "checkout" in namespace "payments-prod-eu", Secret "checkout" in namespace "payments-prod-us"',
    ]);
  });

  test.each<{ name: string; given: Partial<ApiKeyFacts>; seen: ReadonlyMap<string, Observation>; of?: DeliveryTarget }>(
    [
      { name: 'a first delivery', given: { object: apiKeyOf() }, seen: back(EU) },
      {
        name: 'what was refused',
        given: {},
        seen: new Map([[placeKey(held(EU)), { kind: 'Unreachable', cause: 'Forbidden' }]]),
      },
      {
        name: 'another version',
        given: {},
        seen: back(EU),
        of: { ...target(EU), wanted: wantedOf(held(EU), 'production', versionEntry('production', 2)) },
      },
      {
        name: 'what an edit of the key changed',
        given: { object: { ...settled().object, metadata: { ...settled().object.metadata, generation: 2 } } },
        seen: back(EU),
      },
      { name: 'an orphan', given: { object: undefined }, seen: back(EU) },
    ],
  )('keeps quiet about $name', ({ given, seen, of = target(EU) }) => {
    expect(announced(given, seen, of)).toEqual([]);
  });
});

describe('announceWithdrawal', () => {
  const place = { namespace: EU, secretName: 'checkout', environment: 'production' };
  const targets = [place, { ...place, namespace: US }];
  const announced = (given: Partial<ApiKeyFacts>, seen: ReadonlyMap<string, Observation>): readonly KeyEvent[] =>
    recorded((events) => announceWithdrawal(events, { ...settled(), ...given }, targets, seen));

  test('names what is gone', () => {
    expect(announced({}, new Map([[placeKey(held(EU)), ABSENT]]))).toEqual([
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
    const gone = new Map(many.map((target) => [placeKey(target), ABSENT]));
    const [event] = recorded((events) => announceWithdrawal(events, settled(), many, gone));
    expect(event?.note).toMatch(/, Secret "checkout" in namespace "ns-7" and 2 more$/);
  });

  test('keeps quiet when nothing went, and when there is nobody to tell', () => {
    expect(announced({}, new Map([[placeKey(held(EU)), { kind: 'Unreachable', cause: 'Forbidden' }]]))).toEqual([]);
    expect(announced({ object: undefined }, new Map([[placeKey(held(EU)), ABSENT]]))).toEqual([]);
  });
});
