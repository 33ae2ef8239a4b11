import { describe, expect, test } from 'vitest';
import type { EnvironmentFacts } from '../../../../src/controllers/planning/environment-facts.ts';
import type { MintFacts } from '../../../../src/controllers/planning/mint-checks.ts';
import { planPlaces, wantedPlaces } from '../../../../src/controllers/planning/places-plan.ts';
import type { TargetNamespace } from '../../../../src/controllers/planning/targets.ts';
import type { EnvironmentEntry, Place } from '../../../../src/sealing/ledger.ts';
import {
  EU,
  foreignSecret,
  held,
  mintFactsOf,
  owed,
  present,
  productionEntry,
  secretView,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

const NOW_TEXT = '2027-03-01T12:00:00Z';
const settled = mintFactsOf('production');
const version = versionEntry('production', 1);
const added = (namespace: string, changes: Partial<Place> = {}): Place =>
  held(namespace, { since: NOW_TEXT, ...changes });

function namespaces(...pairs: readonly (readonly [string, TargetNamespace['state']])[]): Pick<MintFacts, 'target'> {
  return { target: { ...settled.target, namespaces: pairs.map(([name, state]) => ({ name, state })) } };
}

function plan(given: Partial<MintFacts>, entry: EnvironmentEntry = productionEntry()): ReturnType<typeof planPlaces> {
  const facts = { ...settled, ...given };
  return planPlaces(facts, entry, facts.target);
}

const twoOutputs: Pick<EnvironmentFacts, 'outputs'> = {
  outputs: [
    { name: 'checkout', secretName: 'checkout' },
    { name: 'second', secretName: 'second' },
  ],
};
const renamed: Pick<EnvironmentFacts, 'outputs'> = { outputs: [{ name: 'checkout', secretName: 'renamed' }] };

describe('planPlaces', () => {
  test('keeps the very list of a settled environment', () => {
    const entry = productionEntry();
    expect(plan({}, entry).places).toBe(entry.places);
    expect(plan({}, entry).needsLive).toBe(false);
  });

  test.each<{
    name: string;
    given: Partial<MintFacts>;
    places?: readonly Place[];
    want: readonly Place[];
    needsLive: boolean;
  }>([
    {
      name: 'holds a place in a namespace that joined',
      given: namespaces([EU, 'Live'], [US, 'Live'], ['new', 'Live']),
      want: [held(EU), held(US), added('new')],
      needsLive: false,
    },
    {
      name: 'holds one place for each output and namespace',
      given: twoOutputs,
      want: [held(EU), held(US), ...[EU, US].map((name) => added(name, { secretName: 'second', output: 'second' }))],
      needsLive: false,
    },
    {
      name: 'owes the place in a namespace that left',
      given: namespaces([EU, 'Live']),
      want: [held(EU), owed(US)],
      needsLive: true,
    },
    {
      name: 'owes the place in a namespace that another environment took',
      given: namespaces([EU, 'Live'], [US, 'Taken']),
      want: [held(EU), owed(US)],
      needsLive: true,
    },
    {
      name: "owes the place in a namespace that became the operator's own",
      given: namespaces([EU, 'Live'], [US, 'Reserved']),
      want: [held(EU), owed(US)],
      needsLive: true,
    },
    {
      name: 'keeps holding a place in a namespace that is missing',
      given: namespaces([EU, 'Live'], [US, 'Missing']),
      want: [held(EU), held(US)],
      needsLive: false,
    },
    {
      name: 'keeps holding a place in a namespace that is terminating',
      given: namespaces([EU, 'Live'], [US, 'Terminating']),
      want: [held(EU), held(US)],
      needsLive: false,
    },
    {
      name: 'holds again what is wanted again, with its old claim',
      given: {},
      places: [owed(EU), held(US)],
      want: [held(EU), held(US)],
      needsLive: false,
    },
    {
      name: 'takes no place that another key has claimed',
      given: {
        isClaimedByOther: ({ namespace }) => namespace === 'new',
        ...namespaces([EU, 'Live'], [US, 'Live'], ['new', 'Live']),
      },
      want: [held(EU), held(US)],
      needsLive: false,
    },
    {
      name: 'keeps the old place after a rename until the new Secret is there',
      given: renamed,
      want: [held(EU), held(US), added(EU, { secretName: 'renamed' }), added(US, { secretName: 'renamed' })],
      needsLive: false,
    },
    {
      name: 'serves an output that took over the name of a Secret, with the old claim',
      given: { outputs: [{ name: 'app', secretName: 'checkout' }] },
      want: [held(EU, { output: 'app' }), held(US, { output: 'app' })],
      needsLive: false,
    },
    {
      name: 'leaves what is owed already',
      given: namespaces([EU, 'Live']),
      places: [held(EU), owed(US)],
      want: [held(EU), owed(US)],
      needsLive: false,
    },
  ])('$name', ({ given, places, want, needsLive }) => {
    const entry = productionEntry(places === undefined ? {} : { places });
    expect(plan(given, entry)).toEqual({ places: want, needsLive });
  });

  const newEu = held(EU, { secretName: 'renamed' });
  const newUs = held(US, { secretName: 'renamed' });
  const afterRename = productionEntry({ places: [held(EU), held(US), newEu, newUs] });

  test('owes the old place after a rename, per namespace, once the new Secret fits', () => {
    const observe: EnvironmentFacts['observe'] = ({ namespace, secretName }) =>
      namespace === EU && secretName === 'renamed'
        ? present(secretView(wantedOf(newEu, 'production', version)))
        : undefined;
    expect(plan({ ...renamed, observe }, afterRename)).toEqual({
      places: [owed(EU), held(US), newEu, newUs],
      needsLive: true,
    });
  });

  test('keeps the old place after a rename while a foreign Secret has the new name', () => {
    const observe: EnvironmentFacts['observe'] = (place) => present(foreignSecret(place));
    expect(plan({ ...renamed, observe }, afterRename)).toEqual({ places: afterRename.places, needsLive: false });
  });

  describe('in a suspended environment', () => {
    const suspended = (facts: Pick<MintFacts, 'target'>): Pick<MintFacts, 'target'> => ({
      target: { ...facts.target, suspended: true },
    });

    test('takes no new place and gives none up for a rename', () => {
      const observe: EnvironmentFacts['observe'] = (place) =>
        present(secretView(wantedOf(held(place.namespace, place), 'production', version)));
      const entry = productionEntry({ places: [held(EU), held(EU, { secretName: 'renamed' })] });
      const facts = suspended(namespaces([EU, 'Live'], ['new', 'Live']));
      expect(plan({ ...renamed, ...facts, observe }, entry)).toEqual({ places: entry.places, needsLive: false });
    });

    test('owes the place in a namespace that left', () => {
      expect(plan(suspended(namespaces([EU, 'Live'])))).toEqual({ places: [held(EU), owed(US)], needsLive: true });
    });
  });
});

describe('wantedPlaces', () => {
  test('names live namespaces only, once per output', () => {
    const { target } = namespaces([EU, 'Live'], [US, 'Missing'], ['gone', 'Terminating'], ['taken', 'Taken']);
    expect(wantedPlaces(twoOutputs, target)).toEqual(twoOutputs.outputs.map((output) => ({ namespace: EU, output })));
  });
});
