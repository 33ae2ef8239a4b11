import { describe, expect, test } from 'vitest';
import type { MintFacts } from '../../../../src/controllers/planning/mint-checks.ts';
import { planRetirement, type RetirementEdit } from '../../../../src/controllers/planning/retirement.ts';
import { placeKey, type Observation } from '../../../../src/controllers/planning/secret-view.ts';
import type { EnvironmentEntry, VersionEntry } from '../../../../src/sealing/ledger.ts';
import { wantedOpaqueSecret } from '../../../../src/controllers/api-key/wanted.ts';
import { checkout } from '../../../support/sealing.ts';
import {
  ABSENT,
  EU,
  foreignSecret,
  held,
  hoursFromNow,
  mintFactsOf,
  NOW,
  present,
  productionEntry,
  secretView,
  US,
  versionEntry,
} from '../../../support/facts.ts';

const NOW_TEXT = hoursFromNow(0);
const second = versionEntry('production', 2, { createdAt: hoursFromNow(-0.1) });
const superseded = versionEntry('production', 1, { state: 'Retiring' });
const token = { environment: 'production', version: 1, field: 'token' } as const;
const FORBIDDEN: Observation = { kind: 'Unreachable', cause: 'Forbidden' };

function seen(namespace: string, previous?: VersionEntry): Observation {
  const owner = { identity: checkout, company: 'acme' };
  return present(
    secretView(
      wantedOpaqueSecret(owner, { place: held(namespace), environment: 'production', version: second, previous }),
    ),
  );
}

function overlap(retireAt?: string, current: VersionEntry = second): EnvironmentEntry {
  return productionEntry({ versions: [current, { ...superseded, ...(retireAt !== undefined && { retireAt }) }] });
}

/** @param places What is seen there, EU before US. */
function plan(entry: EnvironmentEntry, places: readonly Observation[], given: Partial<MintFacts> = {}): RetirementEdit {
  const observations = new Map(places.map((one, index) => [placeKey(held([EU, US][index] ?? '')), one]));
  const facts: MintFacts = {
    ...mintFactsOf('production'),
    entry,
    isSealed: ({ version, field }) => version === 1 && field === 'token',
    observe: (place) => observations.get(placeKey(place)),
    ...given,
  };
  return planRetirement(
    {
      ...facts,
      wantedSecret: (place, environment, version) => {
        const retiring = environment.versions.find(({ state }) => state === 'Retiring');
        const isOver = retiring?.retireAt !== undefined && Date.parse(retiring.retireAt) <= facts.now.getTime();
        const owner = { identity: checkout, company: 'acme' };
        const previous = isOver ? undefined : retiring;
        return wantedOpaqueSecret(owner, { place, environment: 'production', version, previous });
      },
    },
    checkout,
    entry,
  );
}

describe('planRetirement', () => {
  const delivered = [seen(EU, superseded), seen(US, superseded)];
  const cleaned = [seen(EU), seen(US)];

  test('starts the time of a superseded version when its successor is everywhere, and stores its end', () => {
    const { entry, drop } = plan(overlap(), delivered);
    expect(entry.versions).toEqual([second, { ...superseded, retireAt: hoursFromNow(24) }]);
    expect(drop).toEqual([]);
  });

  test.each<{ name: string; us: Observation }>([
    { name: 'a Secret that is yet to be written', us: ABSENT },
    { name: 'a Secret that still has the old version alone', us: seen(US) },
  ])('waits for $name', ({ us }) => {
    const entry = overlap();
    expect(plan(entry, [seen(EU, superseded), us]).entry).toBe(entry);
  });

  test.each<{ name: string; us: Observation }>([
    { name: 'refuses us', us: FORBIDDEN },
    { name: 'is gone', us: { kind: 'NamespaceMissing' } },
    { name: 'is terminating', us: { kind: 'NamespaceTerminating' } },
  ])('does not wait for a namespace that $name', ({ us }) => {
    expect(plan(overlap(), [seen(EU, superseded), us]).entry.versions[1]?.retireAt).toBe(hoursFromNow(24));
  });

  test('waits no longer than an hour for anything', () => {
    const old = { ...second, createdAt: hoursFromNow(-1) };
    expect(plan(overlap(undefined, old), [ABSENT, ABSENT]).entry.versions[1]?.retireAt).toBe(hoursFromNow(24));
    const younger = overlap(undefined, { ...second, createdAt: hoursFromNow(-0.99) });
    expect(plan(younger, [ABSENT, ABSENT]).entry).toBe(younger);
  });

  test.each([1, 48])('gives it the overlap that the spec asks for when its time starts: %i h', (hours) => {
    const { entry } = plan(overlap(), delivered, { overlapMs: hours * 3_600_000 });
    expect(entry.versions[1]?.retireAt).toBe(hoursFromNow(hours));
  });

  test('never moves an end that is stored', () => {
    const entry = overlap(hoursFromNow(3));
    expect(plan(entry, delivered, { overlapMs: 1_000 }).entry).toBe(entry);
  });

  test('retires it when its time is over and no Secret has it, with what is sealed of it', () => {
    const { entry, drop } = plan(overlap(NOW_TEXT), cleaned);
    const { signingSecret: _none, ...rest } = superseded;
    expect(entry.versions).toEqual([second, { ...rest, state: 'Retired', stateSince: NOW_TEXT }]);
    expect(drop).toEqual([token]);
  });

  test('keeps it while a Secret that can be written still has it', () => {
    const entry = overlap(NOW_TEXT);
    expect(plan(entry, [seen(EU), seen(US, superseded)]).entry).toBe(entry);
  });

  test('keeps it for an hour while a Secret is left in a namespace that is going', () => {
    const entry = overlap(NOW_TEXT);
    const { target } = mintFactsOf('production');
    const namespaces = [
      { name: EU, state: 'Live' },
      { name: US, state: 'Terminating' },
    ] as const;
    const going = { target: { ...target, namespaces } };
    expect(plan(entry, [seen(EU), seen(US, superseded)], going).entry).toBe(entry);
    const now = new Date(NOW.getTime() + 3_600_000);
    expect(plan(entry, [seen(EU), seen(US, superseded)], { ...going, now }).entry.versions[1]?.state).toBe('Retired');
  });

  test('keeps it for an hour while a Secret is left under a former name, as another stands where it is to go', () => {
    const renamed = productionEntry({
      ...overlap(NOW_TEXT),
      places: [held(EU), held(US), held(US, { secretName: 'former' })],
    });
    const places = [seen(EU), present(foreignSecret(held(US)))];
    const former = seen(US, superseded);
    const observe: MintFacts['observe'] = ({ namespace, secretName }) =>
      secretName === 'former' ? former : places[[EU, US].indexOf(namespace)];
    expect(plan(renamed, [], { observe }).entry).toBe(renamed);
    const now = new Date(NOW.getTime() + 3_600_000);
    expect(plan(renamed, [], { observe, now }).entry.versions[1]?.state).toBe('Retired');
  });

  test('retires it an hour later whatever a Secret still has', () => {
    const now = new Date(NOW.getTime() + 3_600_000);
    expect(plan(overlap(NOW_TEXT), [seen(EU), seen(US, superseded)], { now }).entry.versions[1]?.state).toBe('Retired');
  });

  test('retires nothing in a suspended environment, and nothing in one that is not wanted', () => {
    const entry = overlap(NOW_TEXT);
    const { target } = mintFactsOf('production');
    expect(plan(entry, cleaned, { target: { ...target, suspended: true } }).entry).toBe(entry);
    const withdrawn = { ...entry, state: 'Withdrawn' } as const;
    expect(plan(withdrawn, cleaned).entry).toBe(withdrawn);
  });
});
