import { describe, expect, test } from 'vitest';
import type { MintFacts } from '../../../../src/controllers/planning/mint-checks.ts';
import { isClean, planRelease } from '../../../../src/controllers/planning/release-plan.ts';
import { placeKey, type Observation } from '../../../../src/controllers/planning/secret-view.ts';
import type { NamespaceState } from '../../../../src/controllers/planning/targets.ts';
import type { EnvironmentEntry } from '../../../../src/sealing/ledger.ts';
import { checkout } from '../../../support/sealing.ts';
import {
  ABSENT,
  deliveredEverywhere,
  EU,
  foreignSecret,
  held,
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

const version = versionEntry('production', 1);
const settled = mintFactsOf('production');
const token = { environment: 'production', version: 1, field: 'token' } as const;
const inUs = secretView(wantedOf(held(US), 'production', version));

/** Live looks show everything delivered, and the token is sealed. */
const droppable: MintFacts = {
  ...settled,
  isSealed: () => true,
  observe: (place) => deliveredEverywhere(ledgerOf()).get(placeKey(place)),
};

function inUsSeen(seen: Observation | undefined): Pick<MintFacts, 'observe'> {
  return { observe: (place) => (place.namespace === US ? seen : droppable.observe(place)) };
}

function target(changes: Partial<MintFacts['target']>): Pick<MintFacts, 'target'> {
  return { target: { ...settled.target, ...changes } };
}

function usIs(state: NamespaceState): Pick<MintFacts, 'target'> {
  return target({
    namespaces: [
      { name: EU, state: 'Live' },
      { name: US, state },
    ],
  });
}

describe('planRelease', () => {
  test('drops the token once live looks show it in every namespace', () => {
    expect(planRelease(droppable, checkout).drop).toEqual([token]);
  });

  test.each<{ name: string; given: Partial<MintFacts> }>([
    { name: 'a missing namespace', given: { ...usIs('Missing'), ...inUsSeen(ABSENT) } },
    { name: 'a namespace that another environment has', given: { ...usIs('Taken'), ...inUsSeen(undefined) } },
  ])('drops the token in spite of $name', ({ given }) => {
    expect(planRelease({ ...droppable, ...given }, checkout).drop).toEqual([token]);
  });

  test('asks for live looks before it drops one that only the cache shows delivered', () => {
    const given = { ...droppable, ...inUsSeen(present(inUs, false)) };
    expect(planRelease(given, checkout)).toMatchObject({ drop: [token], needsLive: true });
    expect(planRelease(droppable, checkout)).toMatchObject({ drop: [token], needsLive: false });
  });

  test.each<{ name: string; given: Partial<MintFacts>; entry?: Partial<EnvironmentEntry> }>([
    { name: 'a recoverable token', given: { recoverable: true } },
    { name: 'one that is not sealed', given: { isSealed: () => false } },
    {
      name: 'one that only the cache shows delivered, live reads having failed',
      given: { isLive: true, ...inUsSeen(present(inUs, false)) },
    },
    { name: 'one that a namespace lacks', given: inUsSeen(ABSENT) },
    { name: 'one that a namespace has among other drift', given: inUsSeen(present({ ...inUs, labels: {} })) },
    { name: 'one whose place holds a foreign Secret', given: inUsSeen(present(foreignSecret(held(US)))) },
    { name: 'one whose place cannot be read', given: inUsSeen({ kind: 'Unreachable', cause: 'Forbidden' }) },
    { name: 'one whose place nobody looked at', given: inUsSeen(undefined) },
    { name: 'one that a terminating namespace may still need', given: usIs('Terminating') },
    { name: 'one of a suspended environment', given: target({ suspended: true }) },
    { name: 'one that is wanted in no namespace', given: target({ namespaces: [] }) },
    { name: 'one whose place is not held yet', given: {}, entry: { places: [held(EU)] } },
    { name: 'one of a withdrawn environment', given: {}, entry: { state: 'Withdrawn' } },
    { name: 'one of an environment without a current version', given: {}, entry: { versions: [] } },
  ])('does not drop $name', ({ given, entry }) => {
    const facts = { ...droppable, ...given, entry: productionEntry(entry) };
    expect(planRelease(facts, checkout)).toEqual({ entry: facts.entry });
  });

  test('does not drop anything of an environment the key does not name', () => {
    expect(planRelease({ ...droppable, target: undefined }, checkout).drop).toBeUndefined();
  });

  test('forgets an owed place that is clean and keeps the one that is not', () => {
    const entry = productionEntry({ places: [held(EU), owed(US), owed('gone')] });
    const observe: MintFacts['observe'] = ({ namespace }) => (namespace === US ? present(inUs) : ABSENT);
    expect(planRelease({ ...settled, entry, observe }, checkout)).toEqual({
      entry: { ...entry, places: [held(EU), owed(US)] },
    });
  });

  test('keeps the very entry when nothing can go', () => {
    const entry = productionEntry({ places: [held(EU), owed(US)] });
    expect(planRelease({ ...settled, entry, observe: () => present(inUs) }, checkout).entry).toBe(entry);
  });

  test('has nothing to release before the first mint', () => {
    expect(planRelease({ ...settled, entry: undefined }, checkout)).toEqual({ entry: undefined });
  });
});

describe('isClean', () => {
  const entry = productionEntry({ places: [owed(US)] });
  const { proof } = inUs;
  if (proof === undefined) throw new RangeError('The delivered Secret has a proof');

  test.each<{ name: string; seen: Observation | undefined; want: boolean }>([
    { name: 'a live 404', seen: ABSENT, want: true },
    { name: 'a missing namespace', seen: { kind: 'NamespaceMissing' }, want: true },
    { name: 'a foreign Secret, seen live', seen: present(foreignSecret(held(US))), want: true },
    {
      name: 'our Secret that by now serves another environment',
      seen: present({ ...inUs, proof: { ...proof, environment: 'staging' } }),
      want: true,
    },
    {
      name: 'the Secret of the key of this name in another project',
      seen: present({ ...inUs, proof: { ...proof, project: 'other' } }),
      want: true,
    },
    { name: 'our Secret', seen: present(inUs), want: false },
    { name: 'our token without a proof', seen: present({ ...inUs, proof: undefined }), want: false },
    { name: 'our Secret on its way out', seen: present({ ...inUs, deleting: true }), want: false },
    { name: 'absence that only the cache shows', seen: { kind: 'Absent', live: false }, want: false },
    { name: 'a foreign Secret that only the cache shows', seen: present(foreignSecret(held(US)), false), want: false },
    { name: 'a place that cannot be read', seen: { kind: 'Unreachable', cause: 'Forbidden' }, want: false },
    { name: 'a terminating namespace', seen: { kind: 'NamespaceTerminating' }, want: false },
    { name: 'a place nobody looked at', seen: undefined, want: false },
  ])('answers $want for $name', ({ seen, want }) => {
    expect(isClean({ ...settled, observe: () => seen }, checkout, entry, owed(US))).toBe(want);
  });
});
