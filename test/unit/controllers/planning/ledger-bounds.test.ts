import { describe, expect, test } from 'vitest';
import { withinBounds } from '../../../../src/controllers/planning/ledger-bounds.ts';
import { isRevokedOut } from '../../../../src/controllers/planning/revocation.ts';
import {
  DEAD_VERSIONS_KEPT,
  ENVIRONMENTS_KEPT,
  REVOKED_MARKS_KEPT,
  type EnvironmentEntry,
  type Ledger,
  type VersionEntry,
  type VersionState,
} from '../../../../src/sealing/ledger.ts';
import { isLedger } from '../../../../src/sealing/ledger-schema.ts';
import { revokedMark } from '../../../../src/sealing/revoked-versions.ts';
import { held, hoursFromNow, ledgerOf, productionEntry, stagingEntry, versionEntry } from '../../../support/facts.ts';

/** From the newest down. */
function versions(newest: number, count: number, state: VersionState): readonly VersionEntry[] {
  return Array.from({ length: count }, (_, at) => versionEntry('production', newest - at, { state }));
}

function bounded(changes: Partial<Ledger>): Ledger {
  const ledger = withinBounds(ledgerOf(changes));
  expect(isLedger(ledger)).toBe(true);
  return ledger;
}

const live = [versionEntry('production', 60), versionEntry('production', 59, { state: 'Retiring' })];

describe('withinBounds', () => {
  test('leaves a ledger alone that is within them', () => {
    const entry = productionEntry({ versions: [...live, ...versions(58, DEAD_VERSIONS_KEPT, 'Retired')] });
    const ledger = ledgerOf({ environments: [entry] });
    expect(withinBounds(ledger)).toBe(ledger);
  });

  test('keeps the live versions of each environment, and the newest 16 that are over', () => {
    const entry = productionEntry({ versions: [...live, ...versions(58, DEAD_VERSIONS_KEPT + 1, 'Retired')] });
    const { environments, ...rest } = bounded({ environments: [stagingEntry(), entry] });
    expect(environments).toEqual([
      stagingEntry(),
      { ...entry, versions: [...live, ...versions(58, DEAD_VERSIONS_KEPT, 'Retired')] },
    ]);
    expect(rest).not.toHaveProperty('revokedMarks');
  });

  test('keeps a mark of each revoked version that goes, before those of older ones', () => {
    const dead = [...versions(58, DEAD_VERSIONS_KEPT, 'Retired'), ...versions(42, 2, 'Revoked')];
    const entry = productionEntry({ versions: [...live, ...dead] });
    const { revokedMarks } = bounded({ environments: [entry], revokedMarks: ['sha256:00'] });
    expect(revokedMarks).toEqual([...versions(42, 2, 'Revoked').map(revokedMark), 'sha256:00']);
  });

  test('keeps a mark of one that had retired before its number was taken back', () => {
    const entry = productionEntry({ versions: [...live, ...versions(58, DEAD_VERSIONS_KEPT + 2, 'Retired')] });
    const revocation = { reason: 'Compromised', since: hoursFromNow(0), throughVersion: 41 } as const;
    const { revokedMarks } = bounded({ environments: [entry], revocation });
    expect(revokedMarks).toEqual([revokedMark(versionEntry('production', 41))]);
  });

  test('forgets the marks of what was revoked longest ago', () => {
    const old = Array.from({ length: REVOKED_MARKS_KEPT }, (_, at) => `sha256:${at}`);
    const entry = productionEntry({ versions: versions(58, DEAD_VERSIONS_KEPT + 1, 'Revoked') });
    const { revokedMarks = [] } = bounded({ environments: [entry], revokedMarks: old });
    expect(revokedMarks).toHaveLength(REVOKED_MARKS_KEPT);
    expect(revokedMarks[0]).toBe(revokedMark(versionEntry('production', 42)));
    expect(revokedMarks.at(-1)).toBe(old.at(-2));
  });

  test('gives up every version that is over where there is no room for one', () => {
    const dead = [...versions(58, 2, 'Retired'), ...versions(56, 1, 'Revoked')];
    const lean = withinBounds(ledgerOf({ environments: [productionEntry({ versions: [...live, ...dead] })] }), 0);
    expect(lean.environments[0]?.versions).toEqual(live);
    expect(lean.revokedMarks).toEqual([revokedMark(versionEntry('production', 56))]);
  });

  test('keeps the newest version of an environment in which all are over: it waits for an order, and was issued', () => {
    const entry = productionEntry({ versions: [...versions(58, 1, 'Revoked'), ...versions(57, 2, 'Retired')] });
    const revocation = { reason: 'Compromised', since: hoursFromNow(0), throughVersion: 58 } as const;
    const lean = withinBounds(ledgerOf({ environments: [entry], revocation }), 0);
    expect(lean.environments[0]?.versions).toEqual(versions(58, 1, 'Revoked'));
    expect(lean.environments.map((one) => isRevokedOut(one, 58))).toEqual([true]);
  });

  describe('of a key that had many environments', () => {
    const gone = (name: string, changes: Partial<EnvironmentEntry> = {}): EnvironmentEntry => ({
      name,
      state: 'Withdrawn',
      versions: [versionEntry(name, 1, { state: 'Revoked' })],
      places: [],
      ...changes,
    });
    const others = Array.from({ length: ENVIRONMENTS_KEPT - 1 }, (_, at) => gone(`e${at}`));

    test('forgets the oldest of those that hold nothing any more', () => {
      const { environments, revokedMarks } = bounded({ environments: [gone('first'), ...others, productionEntry()] });
      expect(environments.map(({ name }) => name)).toEqual([...others.map(({ name }) => name), 'production']);
      expect(revokedMarks).toEqual([revokedMark(versionEntry('first', 1))]);
    });

    test.each<{ name: string; first: EnvironmentEntry }>([
      { name: 'is in force', first: gone('first', { state: 'Active' }) },
      { name: 'waits for the end of its window', first: gone('first', { destroyAt: hoursFromNow(1) }) },
      { name: 'owes a Secret', first: gone('first', { places: [held('shop', { state: 'Owed' })] }) },
      { name: 'has a version that is live', first: gone('first', { versions: [versionEntry('first', 1)] }) },
    ])('keeps one that $name', ({ first }) => {
      const { environments } = bounded({ environments: [first, ...others, productionEntry()] });
      expect(environments.map(({ name }) => name)).toEqual([
        'first',
        ...others.slice(1).map(({ name }) => name),
        'production',
      ]);
    });
  });
});
