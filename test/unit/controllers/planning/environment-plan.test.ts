import { describe, expect, test } from 'vitest';
import type { EnvironmentFacts } from '../../../../src/controllers/planning/environment-facts.ts';
import { planEnvironment, sealOrDestroy, withdraw } from '../../../../src/controllers/planning/environment-plan.ts';
import type { MintFacts } from '../../../../src/controllers/planning/mint-checks.ts';
import type { EnvironmentEdit, MaterialOrder } from '../../../../src/controllers/planning/record-change.ts';
import { placeKey, type Observation } from '../../../../src/controllers/planning/secret-view.ts';
import type { EnvironmentEntry, VersionEntry } from '../../../../src/sealing/ledger.ts';
import type { MaterialRef } from '../../../../src/sealing/sealed-material.ts';
import {
  ABSENT,
  deliveredEverywhere,
  digest,
  EU,
  held,
  hoursFromNow,
  ledgerOf,
  mintFactsOf,
  owed,
  present,
  productionEntry,
  secretView,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

/** All that a version of an ApiKey may keep sealed. */
const isTokenField: EnvironmentFacts['isSealed'] = ({ field }) => field === 'token' || field === 'signingSecret';

const NOW_TEXT = hoursFromNow(0);
const settled = mintFactsOf('production');
const current = versionEntry('production', 1);
const CRYPTO = { algorithm: 'AES-256', form: 'Raw', bits: 256, origin: 'Imported' } as const;
const token = { environment: 'production', version: 1, field: 'token' } as const;
const signingOf = (version: number): MaterialRef => ({ environment: 'production', version, field: 'signingSecret' });
const retired = (version: VersionEntry): VersionEntry => {
  const { retireAt: _due, signingSecret: _gone, ...rest } = version;
  return { ...rest, state: 'Retired', stateSince: NOW_TEXT };
};
const live: Pick<EnvironmentFacts, 'observe'> = {
  observe: (place) => deliveredEverywhere(ledgerOf()).get(placeKey(place)),
};
const nowhere: Pick<EnvironmentFacts, 'observe'> = { observe: () => ABSENT };
const allSealed: Pick<EnvironmentFacts, 'isSealed'> = { isSealed: isTokenField };
const only = (...sealed: readonly MaterialRef[]): Pick<EnvironmentFacts, 'isSealed'> => ({
  isSealed: (ref) => sealed.some((one) => one.version === ref.version && one.field === ref.field),
});

function target(changes: Partial<MintFacts['target']>): Pick<MintFacts, 'target'> {
  return { target: { ...settled.target, ...changes } };
}

function plan(given: Partial<EnvironmentFacts>, entry?: Partial<EnvironmentEntry> | null): EnvironmentEdit {
  return planEnvironment({ ...settled, ...given, entry: entry === null ? undefined : productionEntry(entry) });
}

describe('planEnvironment', () => {
  test('keeps the very entry of a settled environment', () => {
    const { entry } = settled;
    expect(planEnvironment(settled)).toEqual({ entry, needsLive: false });
    expect(planEnvironment(settled).entry).toBe(entry);
  });

  describe('minting', () => {
    const mint = { cause: 'FirstIssue', material: { kind: 'Token', prefix: 'acme_sk_live', signingSecret: false } };

    test('mints nothing for an environment that expired before its first version', () => {
      expect(plan(target({ expired: true }), null)).toEqual({ entry: undefined });
    });

    test('holds every live place with the first version', () => {
      expect(plan({}, null)).toEqual({
        entry: {
          name: 'production',
          state: 'Active',
          versions: [],
          places: [held(EU, { since: NOW_TEXT }), held(US, { since: NOW_TEXT })],
        },
        mint,
        needsLive: false,
      });
    });

    test('orders what a new version is made of', () => {
      const material: MaterialOrder = { kind: 'Token', prefix: 'acme_pk_live', signingSecret: true };
      expect(plan({ newMaterial: () => material }, null).mint).toEqual({ ...mint, material });
    });

    test.each<{ name: string; given: Partial<EnvironmentFacts> }>([
      { name: 'a guard holds', given: { mayMint: false } },
      { name: 'other keys have every wanted place', given: { isClaimedByOther: () => true } },
    ])('leaves the environment unknown while $name', ({ given }) => {
      expect(plan(given, null)).toEqual({ entry: undefined });
    });

    test('begins with the places that other keys leave', () => {
      const edit = plan({ isClaimedByOther: ({ namespace }) => namespace === EU }, null);
      expect(edit.entry?.places).toEqual([held(US, { since: NOW_TEXT })]);
      expect(edit.mint).toEqual(mint);
    });

    test('replaces a lost version over the overlap, after a live look', () => {
      expect(plan(nowhere)).toEqual({
        entry: productionEntry({
          versions: [{ ...current, state: 'Retiring', stateSince: NOW_TEXT }],
        }),
        mint: { ...mint, cause: 'MaterialLost' },
        needsLive: true,
      });
    });

    test('lets a lost version go as soon as the new one is there when there is no overlap', () => {
      const edit = plan({ ...nowhere, overlapMs: 0 });
      expect(edit.entry?.versions).toEqual([
        { ...current, state: 'Retiring', stateSince: NOW_TEXT, retireAt: NOW_TEXT },
      ]);
    });

    test('keeps two live versions at most, and nothing sealed of the one that goes', () => {
      const signingSecret = { id: 'whs_1', hash: `sha256:${digest('whsec')}` };
      const lost = versionEntry('production', 2, { cause: 'MaterialLost', createdAt: hoursFromNow(-3) });
      const older = { ...current, signingSecret, state: 'Retiring', retireAt: hoursFromNow(20) } as const;
      const edit = plan({ ...nowhere, ...only(signingOf(1)) }, { versions: [lost, older] });
      expect(edit.entry?.versions.map(({ version, state }) => [version, state])).toEqual([
        [2, 'Retiring'],
        [1, 'Retired'],
      ]);
      expect(edit.drop).toEqual([signingOf(1)]);
    });
  });

  describe('rotating', () => {
    const superseded = { ...current, state: 'Retiring', stateSince: NOW_TEXT } as const;
    const seal = { ...token, hash: current.hash, places: [held(EU), held(US)], isAwaited: true };

    test.each(['Triggered', 'IntervalPassed'] as const)(
      'mints beside the current version (%s), and seals that one',
      (rotation) => {
        expect(plan({ ...live, rotation })).toEqual({
          entry: productionEntry({ versions: [superseded] }),
          mint: { cause: rotation, material: expect.anything() as unknown },
          seal,
          needsLive: false,
        });
      },
    );

    test('asks a place that could not be read for the token of the current version, after one that shows it', () => {
      const unread: Observation = { kind: 'Unreachable', cause: 'DeliveryFailed' };
      const observe: EnvironmentFacts['observe'] = (place) => (place.namespace === EU ? unread : live.observe(place));
      expect(plan({ observe, rotation: 'Triggered' }).seal).toEqual({ ...seal, places: [held(US), held(EU)] });
      expect(plan({ observe: () => unread, rotation: 'Triggered' }).seal).toEqual(seal);
    });

    test('seals nothing that is sealed already, and nothing without an overlap', () => {
      expect(plan({ ...live, ...only(token), rotation: 'Triggered' })).not.toHaveProperty('seal');
      expect(plan({ ...live, overlapMs: 0, rotation: 'Triggered' })).not.toHaveProperty('seal');
    });

    test.each<{ name: string; given: Partial<EnvironmentFacts> }>([
      { name: 'is suspended', given: target({ suspended: true }) },
      { name: 'has no live namespace', given: target({ namespaces: [{ name: EU, state: 'Missing' }] }) },
      { name: 'is not wanted now', given: { target: undefined } },
    ])('makes an environment that $name owe the rotation, once', ({ given }) => {
      const edit = plan({ ...given, rotation: 'Triggered' });
      expect(edit.mint).toBeUndefined();
      expect(edit.entry?.rotationOwed).toBe(true);
      expect(plan({ ...given, rotation: 'Triggered' }, { ...edit.entry }).entry).toEqual(edit.entry);
    });

    test('pays what it owes as soon as it can, and owes it no more', () => {
      const edit = plan(live, { rotationOwed: true });
      expect(edit.mint?.cause).toBe('Triggered');
      expect(edit.entry).not.toHaveProperty('rotationOwed');
    });

    test('pays only when an overlap of its own is over', () => {
      const versions = [versionEntry('production', 2), { ...superseded, retireAt: hoursFromNow(1) }];
      expect(plan(allSealed, { rotationOwed: true, versions }).mint).toBeUndefined();
    });

    test('mints nothing for an environment that imports, and makes it owe nothing', () => {
      const imported = { kind: 'Read', sourceHash: 'hmac-sha256:p:00' } as const;
      const versions = [{ ...current, crypto: { ...CRYPTO, source: imported.sourceHash } }];
      const edit = plan({ ...live, imported, rotation: 'Triggered' }, { versions });
      expect(edit).toMatchObject({ entry: productionEntry({ versions }) });
      expect(edit.mint).toBeUndefined();
    });
  });

  describe('withdrawing', () => {
    const places = [owed(EU), owed(US)];
    const destroyAt = hoursFromNow(24);
    const seal = { ...token, hash: current.hash, places: [held(EU), held(US)] };

    test.each<{ name: string; given: Partial<EnvironmentFacts> }>([
      { name: 'the spec drops', given: { target: undefined } },
      { name: 'has expired', given: target({ expired: true }) },
      { name: 'every namespace left', given: target({ namespaces: [] }) },
      { name: "has only the operator's own", given: target({ namespaces: [{ name: EU, state: 'Reserved' }] }) },
      { name: 'has only a namespace of another one', given: target({ namespaces: [{ name: EU, state: 'Taken' }] }) },
      { name: 'every namespace left while it was suspended', given: target({ namespaces: [], suspended: true }) },
    ])('owes every place of an environment that $name, and seals its token for the window', ({ given }) => {
      expect(plan(given)).toEqual({
        entry: productionEntry({ state: 'Withdrawn', destroyAt, places }),
        seal,
        needsLive: true,
      });
    });

    test.each(['Missing', 'Terminating'] as const)('leaves one alone whose namespace is %s', (state) => {
      const { entry } = plan({ ...live, ...target({ namespaces: [{ name: EU, state }] }) });
      expect(entry).toMatchObject({ state: 'Active', places: [held(EU), owed(US)] });
      expect(entry).not.toHaveProperty('destroyAt');
    });

    test('gives a window to a token that was sealed when the last namespace left', () => {
      const edit = plan({ ...target({ namespaces: [] }), ...only(token) }, { places: [] });
      expect(edit.entry).toEqual(productionEntry({ state: 'Withdrawn', destroyAt, places: [] }));
      expect(edit.drop).toBeUndefined();
    });

    test('seals nothing that is sealed already', () => {
      expect(plan({ target: undefined, ...allSealed }).seal).toBeUndefined();
    });

    test('destroys at once when the window is zero', () => {
      expect(plan({ target: undefined, recoveryWindowMs: 0, ...only(token) })).toEqual({
        entry: productionEntry({ state: 'Withdrawn', versions: [retired(current)], places }),
        drop: [token],
        needsLive: true,
      });
    });

    test('waits for nothing when no version is current', () => {
      const edit = plan({ target: undefined }, { versions: [] });
      expect(edit.entry).toEqual(productionEntry({ state: 'Withdrawn', versions: [], places }));
    });

    test('leaves an environment alone that the ledger never knew', () => {
      expect(plan({ target: undefined }, null)).toEqual({ entry: undefined });
    });

    test('is the same for a deleted key', () => {
      const entry = productionEntry();
      expect(withdraw({ ...settled, target: undefined }, entry)).toEqual(plan({ target: undefined }));
    });
  });

  describe('of a withdrawn environment', () => {
    const waiting = { state: 'Withdrawn', destroyAt: hoursFromNow(1), places: [] } as const;
    const over = { ...waiting, destroyAt: hoursFromNow(0) };
    const heldAnew = [held(EU, { since: NOW_TEXT }), held(US, { since: NOW_TEXT })];

    test('keeps waiting while it is not wanted', () => {
      const entry = productionEntry(waiting);
      expect(planEnvironment({ ...settled, ...allSealed, target: undefined, entry })).toEqual({ entry });
    });

    test('keeps waiting while no namespace is back', () => {
      const entry = productionEntry(waiting);
      expect(planEnvironment({ ...settled, ...allSealed, ...target({ namespaces: [] }), entry })).toEqual({ entry });
    });

    test('destroys what is sealed when the window is over and no namespace is back', () => {
      expect(plan({ ...allSealed, ...target({ namespaces: [] }) }, over).drop).toEqual([token, signingOf(1)]);
    });

    test('destroys what is sealed when the window is over', () => {
      expect(plan({ ...allSealed, target: undefined }, over)).toEqual({
        entry: { name: 'production', state: 'Withdrawn', versions: [retired(current)], places: [] },
        drop: [token, signingOf(1)],
      });
    });

    test('resumes with the same version inside the window, after a live look', () => {
      expect(plan({ ...only(token), ...nowhere }, waiting)).toEqual({
        entry: { name: 'production', state: 'Active', versions: [current], places: heldAnew },
        needsLive: true,
      });
    });

    test('resumes a suspended key as well, as nothing is minted', () => {
      expect(plan({ ...only(token), ...nowhere, mayMint: false }, waiting).entry?.state).toBe('Active');
    });

    test('mints after the window, and drops what was sealed', () => {
      expect(plan({ ...only(token), ...nowhere }, over)).toMatchObject({
        entry: { state: 'Active', versions: [retired(current)], places: heldAnew },
        mint: { cause: 'FirstIssue' },
        drop: [token],
      });
      expect(plan({ ...only(token), ...nowhere }, over).entry).not.toHaveProperty('destroyAt');
    });

    test('mints inside the window where the key rotated meanwhile, for the cause that what it had is destroyed', () => {
      expect(plan({ ...only(token), ...nowhere }, { ...waiting, rotationOwed: true })).toMatchObject({
        entry: { state: 'Active', versions: [retired(current)], places: heldAnew },
        mint: { cause: 'FirstIssue' },
        drop: [token],
      });
    });

    test('mints inside the window when the material is gone', () => {
      expect(plan(nowhere, waiting).mint?.cause).toBe('FirstIssue');
    });

    test.each<{ name: string; seen: Observation }>([
      { name: 'cannot be read', seen: { kind: 'Unreachable', cause: 'Forbidden' } },
      { name: 'no look has answered for', seen: { kind: 'Absent', live: false } },
    ])('waits inside the window for a place that $name: it may have what comes back', ({ seen }) => {
      const entry = productionEntry({ ...waiting, places: [owed(EU)] });
      expect(planEnvironment({ ...settled, ...nowhere, observe: () => seen, entry })).toEqual({ entry });
      const after = { ...entry, destroyAt: hoursFromNow(-1) };
      expect(planEnvironment({ ...settled, ...nowhere, observe: () => seen, entry: after }).mint?.cause).toBe(
        'FirstIssue',
      );
    });

    test.each<{ name: string; given: Partial<EnvironmentFacts> }>([
      { name: 'while the project suspends it', given: target({ suspended: true }) },
      { name: 'after the window of a key that may not mint', given: { mayMint: false, isSealed: () => false } },
    ])('stays withdrawn $name', ({ given }) => {
      const entry = productionEntry(waiting);
      expect(planEnvironment({ ...settled, ...allSealed, ...nowhere, ...given, entry })).toEqual({ entry });
    });

    test('destroys when the window is over although the environment is suspended', () => {
      expect(plan({ ...allSealed, ...target({ suspended: true }) }, over).drop).toEqual([token, signingOf(1)]);
    });
  });

  test('mints a lost signing secret only after a live look', () => {
    const signingSecret = { id: 'whs_1', hash: `sha256:${digest('whsec')}` };
    const versions = [versionEntry('production', 1, { signingSecret })];
    const edit = plan({ ...live, wantsSigningSecret: true }, { versions });
    expect(edit.signing).toEqual({ environment: 'production', version: 1, cause: 'MaterialLost' });
    expect(edit.mint).toBeUndefined();
    expect(edit.needsLive).toBe(true);
  });

  describe('sealing the last copy', () => {
    const moved = target({ namespaces: [{ name: 'new', state: 'Live' }] });
    const inEu = present(secretView(wantedOf(held(EU), 'production', current)));
    const cachedInEu: Observation = { ...inEu, live: false } as Observation;

    test('precedes the only Secrets that carry a token, when all of them leave', () => {
      expect(plan({ ...live, ...moved })).toEqual({
        entry: productionEntry({ places: [owed(EU), owed(US), held('new', { since: NOW_TEXT })] }),
        seal: { ...token, hash: current.hash, places: [owed(EU), owed(US)], isSeen: true },
        needsLive: true,
      });
    });

    test('precedes the deletion of a Secret that is made anew, after a live look at it', () => {
      const typed = secretView(wantedOf(held(EU), 'production', current), { type: 'kubernetes.io/tls' });
      const observe =
        (isLive: boolean): EnvironmentFacts['observe'] =>
        (place) =>
          place.namespace === EU ? present(typed, isLive) : live.observe(place);
      const order = { ...token, hash: current.hash, places: [held(EU)], isSeen: true };
      expect(plan({ observe: observe(true) }).seal).toEqual(order);
      expect(plan({ observe: observe(false) }).seal).toBeUndefined();
      expect(plan({ observe: observe(true), ...allSealed }).seal).toBeUndefined();
      expect(plan({ observe: observe(true), ...target({ suspended: true }) }).seal).toBeUndefined();
    });

    test('is for a move even when nothing is to be recovered', () => {
      expect(plan({ ...live, ...moved, recoveryWindowMs: 0 }).seal).toBeDefined();
    });

    test.each<{ name: string; given: Partial<EnvironmentFacts> }>([
      {
        name: 'a Secret that stays carries it',
        given: { ...live, ...target({ namespaces: [{ name: US, state: 'Live' }] }) },
      },
      { name: 'it is sealed', given: { ...live, ...moved, ...allSealed } },
      { name: 'no Secret carries it', given: { ...nowhere, ...moved, mayMint: false } },
      { name: 'only the cache shows it', given: { ...moved, observe: () => cachedInEu } },
      {
        name: 'nothing takes its place and nothing is to be recovered',
        given: { ...live, ...target({ namespaces: [] }), recoveryWindowMs: 0 },
      },
    ])('is not needed when $name', ({ given }) => {
      expect(plan(given).seal).toBeUndefined();
    });

    test.each<{ name: string; seen: Observation; state: 'Live' | 'Terminating' }>([
      {
        name: 'only the cache shows it',
        seen: { ...live.observe(held(US)), live: false } as Observation,
        state: 'Live',
      },
      { name: 'it cannot be read', seen: { kind: 'Unreachable', cause: 'Forbidden' }, state: 'Live' },
      { name: 'its namespace is terminating', seen: live.observe(held(US)) ?? ABSENT, state: 'Terminating' },
    ])('does not rely on a Secret that stays when $name', ({ seen, state }) => {
      const observe: EnvironmentFacts['observe'] = ({ namespace }) => (namespace === US ? seen : inEu);
      expect(plan({ observe, ...target({ namespaces: [{ name: US, state }] }) }).seal?.places).toEqual([owed(EU)]);
    });
  });
});

describe('sealOrDestroy', () => {
  const entry = productionEntry({ state: 'Withdrawn', destroyAt: hoursFromNow(1), places: [owed(EU)] });

  test('seals what a refusal kept from being sealed when the environment was withdrawn', () => {
    expect(sealOrDestroy({ ...settled, ...live }, entry)).toEqual({
      entry,
      seal: { ...token, hash: current.hash, places: [owed(EU)], isSeen: true },
    });
  });

  test('seals nothing of an environment that has no window', () => {
    const { destroyAt: _window, ...forGood } = entry;
    const destroyed = { ...forGood, versions: [retired(current)] };
    expect(sealOrDestroy({ ...settled, ...live }, destroyed)).toEqual({ entry: destroyed });
  });

  test('has nothing to do for an environment the ledger never knew', () => {
    expect(sealOrDestroy(settled, undefined)).toEqual({ entry: undefined });
  });
});
