import { describe, expect, test } from 'vitest';
import { placesToReadLive } from '../../../../src/controllers/secrets/observe.ts';
import { placeKey, type Observation, type Observations } from '../../../../src/controllers/planning/secret-view.ts';
import type { EnvironmentEntry } from '../../../../src/sealing/ledger.ts';
import type { MaterialRef } from '../../../../src/sealing/sealed-material.ts';
import {
  deliveredEverywhere,
  digest,
  EU,
  held,
  hoursFromNow,
  ledgerOf,
  owed,
  present,
  productionEntry,
  secretView,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

const signing = { environment: 'production', version: 1, field: 'signingSecret' } as const;
const signed = versionEntry('production', 1, {
  signingSecret: { id: 'whs_1', hash: `sha256:${digest('whsec')}` },
});
const token = { environment: 'production', version: 1, field: 'token' } as const;
const delivered = deliveredEverywhere(ledgerOf(), false);
const empty: Observation = { kind: 'Absent', live: false };
const missingIn = (...namespaces: readonly string[]): Observations =>
  new Map([...delivered, ...namespaces.map((namespace) => [placeKey(held(namespace)), empty] as const)]);
const waiting = { state: 'Withdrawn', destroyAt: hoursFromNow(1), places: [owed(EU), owed(US)] } as const;
const { destroyAt: _window, ...over } = waiting;

describe('placesToReadLive', () => {
  const rows: readonly {
    name: string;
    entry?: Partial<EnvironmentEntry>;
    sealed?: readonly MaterialRef[];
    cached?: Observations;
    recoverable?: boolean;
    want: readonly string[];
  }[] = [
    { name: 'none of a settled environment', want: [] },
    { name: 'all whose unsealed token no cached Secret carries', cached: missingIn(EU, US), want: [EU, US] },
    { name: 'the one that the cache shows empty', cached: missingIn(US), want: [US] },
    {
      name: 'all whose unsealed signing secret no cached Secret carries',
      entry: { versions: [signed] },
      want: [EU, US],
    },
    { name: 'none whose signing secret is sealed', entry: { versions: [signed] }, sealed: [signing], want: [] },
    {
      name: 'none whose signing secret a cached Secret carries',
      entry: { versions: [signed] },
      cached: new Map([
        ...delivered,
        [placeKey(held(EU)), present(secretView(wantedOf(held(EU), 'production', signed)), false)],
      ]),
      want: [],
    },
    { name: 'all whose sealed token may be dropped', sealed: [token], want: [EU, US] },
    { name: 'none whose sealed token is to be kept', sealed: [token], recoverable: true, want: [] },
    {
      name: 'all that carry a withdrawn token which waits to be sealed',
      entry: waiting,
      cached: missingIn(US),
      want: [EU],
    },
    { name: 'none whose withdrawn token is sealed', entry: waiting, sealed: [token], want: [] },
    { name: 'none of what is withdrawn for good', entry: over, want: [] },
    {
      name: 'none without a current version',
      entry: { versions: [versionEntry('production', 1, { state: 'Retired' })] },
      cached: missingIn(EU, US),
      want: [],
    },
  ];

  test.each(rows)('are $name', ({ entry = {}, sealed = [], cached = delivered, recoverable = false, want }) => {
    const places = placesToReadLive([productionEntry(entry)], sealed, cached, recoverable);
    expect(places.map(({ namespace }) => namespace)).toEqual(want);
  });
});
