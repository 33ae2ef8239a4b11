import { describe, expect, test } from 'vitest';
import type { EnvironmentFacts } from '../../../../src/controllers/planning/environment-facts.ts';
import {
  isLost,
  isRestorable,
  lossBackoffEndsAt,
  mintCauses,
  mintGuards,
  type MintFacts,
} from '../../../../src/controllers/planning/mint-checks.ts';
import type { Observation } from '../../../../src/controllers/planning/secret-view.ts';
import type { NamespaceState, TargetEnvironment } from '../../../../src/controllers/planning/targets.ts';
import type { EnvironmentEntry } from '../../../../src/sealing/ledger.ts';
import {
  ABSENT,
  digest,
  environmentOf,
  EU,
  foreignSecret,
  held,
  hoursFromNow,
  mintFactsOf,
  NOW,
  owed,
  present,
  productionEntry,
  secretView,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

const settled = mintFactsOf('production');
const current = versionEntry('production', 1);

function targetWith(changes: Partial<TargetEnvironment>): Pick<MintFacts, 'target'> {
  return { target: { ...settled.target, ...changes } };
}

function namespaces(...states: readonly NamespaceState[]): TargetEnvironment['namespaces'] {
  return states.map((state, index) => ({ name: `namespace-${index}`, state }));
}

/** Every place answers the same. */
function everywhere(observation: Observation | undefined): Pick<EnvironmentFacts, 'observe'> {
  return { observe: () => observation };
}

const carrier = present(secretView(wantedOf(held(EU), 'production', current)));
const altered = present(foreignSecret(held(EU), { digests: { token: digest('other') } }));

function lossesAt(...hours: readonly number[]): EnvironmentEntry {
  const versions = hours.map((hour, index) =>
    versionEntry('production', 10 - index, {
      cause: 'MaterialLost',
      createdAt: hoursFromNow(hour),
      state: index === 0 ? 'Current' : 'Retired',
    }),
  );
  return productionEntry({ versions });
}

describe('mintGuards', () => {
  const isStopped = (facts: MintFacts): boolean => mintGuards.some((holds) => holds(facts));

  test('let a settled environment pass', () => {
    expect(isStopped(settled)).toBe(false);
  });

  test.each<{ name: string; given: Partial<MintFacts> }>([
    { name: 'a key that may not mint', given: { mayMint: false } },
    { name: 'a suspended environment', given: targetWith({ suspended: true }) },
    {
      name: 'an environment without a live namespace',
      given: targetWith({ namespaces: namespaces('Missing', 'Terminating', 'Taken', 'Reserved') }),
    },
    { name: 'a version that is lost less than a minute after the last loss', given: { entry: lossesAt(-0.01) } },
  ])('stop $name', ({ given }) => {
    expect(isStopped({ ...settled, ...given })).toBe(true);
  });

  test.each<{ name: string; given: Partial<MintFacts> }>([
    { name: 'one live namespace among missing ones', given: targetWith({ namespaces: namespaces('Missing', 'Live') }) },
    { name: 'a loss a minute ago', given: { entry: lossesAt(-1 / 60) } },
    {
      name: 'a fresh loss when no version is current',
      given: {
        entry: productionEntry({
          versions: [{ ...versionEntry('production', 2, { cause: 'MaterialLost' }), state: 'Retired' }],
        }),
      },
    },
  ])('let $name pass', ({ given }) => {
    expect(isStopped({ ...settled, ...given })).toBe(false);
  });
});

describe('mintCauses', () => {
  const causeOf = (facts: MintFacts): string | undefined => mintCauses.find(({ holds }) => holds(facts))?.cause;

  test('ask no algorithm of what was never minted', () => {
    expect(causeOf({ ...settled, entry: undefined, algorithmDiffers: () => true })).toBe('FirstIssue');
  });

  test('find none in a settled environment', () => {
    expect(causeOf(settled)).toBeUndefined();
  });

  test.each<{ name: string; given: Partial<MintFacts>; want: string }>([
    {
      name: 'FirstIssue before the ledger knows the environment',
      given: { entry: undefined },
      want: 'FirstIssue',
    },
    {
      name: 'FirstIssue when every version is retired',
      given: { entry: productionEntry({ versions: [versionEntry('production', 1, { state: 'Retired' })] }) },
      want: 'FirstIssue',
    },
    {
      name: 'AlgorithmChanged when spec asks for another one, also if the version is lost',
      given: { ...everywhere(ABSENT), algorithmDiffers: () => true },
      want: 'AlgorithmChanged',
    },
    { name: 'MaterialLost when live reads find the token nowhere', given: everywhere(ABSENT), want: 'MaterialLost' },
  ])('name $name', ({ given, want }) => {
    expect(causeOf({ ...settled, ...given })).toBe(want);
  });
});

describe('isLost', () => {
  const entry = productionEntry();

  test.each<{ name: string; given: Partial<EnvironmentFacts>; want: boolean }>([
    { name: 'a live 404 at every place', given: everywhere(ABSENT), want: true },
    { name: 'other bytes at every place', given: everywhere(altered), want: true },
    { name: 'a missing namespace', given: everywhere({ kind: 'NamespaceMissing' }), want: true },
    { name: 'the token at every place', given: everywhere(carrier), want: false },
    { name: 'absence that only the cache shows', given: everywhere({ kind: 'Absent', live: false }), want: false },
    {
      name: 'other bytes that only the cache shows',
      given: everywhere({ ...altered, live: false } as Observation),
      want: false,
    },
    { name: 'a place nobody looked at', given: everywhere(undefined), want: false },
    { name: 'a refusal', given: everywhere({ kind: 'Unreachable', cause: 'Forbidden' }), want: false },
    { name: 'a terminating namespace', given: everywhere({ kind: 'NamespaceTerminating' }), want: false },
    { name: 'a sealed token', given: { ...everywhere(ABSENT), isSealed: () => true }, want: false },
    {
      name: 'one carrier among absent places',
      given: { observe: ({ namespace }) => (namespace === US ? carrier : ABSENT) },
      want: false,
    },
    {
      name: 'one place that cannot be read among absent ones',
      given: {
        observe: ({ namespace }) => (namespace === US ? { kind: 'Unreachable', cause: 'DeliveryFailed' } : ABSENT),
      },
      want: false,
    },
    {
      name: 'an absent Secret in a namespace the project sees terminating',
      given: {
        ...everywhere(ABSENT),
        ...targetWith({
          namespaces: [
            { name: EU, state: 'Live' },
            { name: US, state: 'Terminating' },
          ],
        }),
      },
      want: false,
    },
  ])('answers $want for $name', ({ given, want }) => {
    expect(isLost({ ...settled, ...given }, entry, current)).toBe(want);
  });

  test('asks owed places too', () => {
    const leaving = productionEntry({ places: [owed(EU), held(US)] });
    const observe: EnvironmentFacts['observe'] = ({ namespace }) => (namespace === EU ? carrier : ABSENT);
    expect(isLost({ ...settled, observe }, leaving, current)).toBe(false);
  });

  test('needs the token itself sealed, not its signing secret', () => {
    const isSealed: EnvironmentFacts['isSealed'] = ({ field }) => field === 'signingSecret';
    expect(isLost({ ...settled, ...everywhere(ABSENT), isSealed }, entry, current)).toBe(true);
  });
});

describe('lossBackoffEndsAt', () => {
  const minutesAfter = (hours: number, minutes: number): number => NOW.getTime() + hours * 3_600_000 + minutes * 60_000;

  test.each([
    { name: 'a minute after one loss', hours: [-1], want: minutesAfter(-1, 1) },
    { name: 'two minutes after two losses in a row', hours: [-1, -2], want: minutesAfter(-1, 2) },
    { name: 'four minutes after three', hours: [-1, -2, -3], want: minutesAfter(-1, 4) },
    { name: 'an hour after seven and more', hours: [-1, -2, -3, -4, -5, -6, -7, -8], want: minutesAfter(-1, 60) },
    { name: 'a minute again when two hours lie between', hours: [-1, -3], want: minutesAfter(-1, 1) },
    {
      name: 'that of the loss before one noticed while the clock was ahead',
      hours: [720, -1],
      want: minutesAfter(-1, 1),
    },
  ])('is $name', ({ hours, want }) => {
    expect(lossBackoffEndsAt(lossesAt(...hours), NOW)).toBe(want);
  });

  test('is undefined when the only loss was noticed while the clock was ahead', () => {
    expect(lossBackoffEndsAt(lossesAt(720), NOW)).toBeUndefined();
  });

  test('is undefined when nothing was ever lost', () => {
    expect(lossBackoffEndsAt(undefined, NOW)).toBeUndefined();
    expect(lossBackoffEndsAt(productionEntry(), NOW)).toBeUndefined();
  });
});

describe('isRestorable', () => {
  const waiting = productionEntry({ state: 'Withdrawn', destroyAt: hoursFromNow(1), places: [owed(EU)] });
  const facts = environmentOf('production');

  test.each<{ name: string; entry: EnvironmentEntry; given: Partial<EnvironmentFacts>; want: boolean }>([
    {
      name: 'sealed material inside the window',
      entry: waiting,
      given: { ...everywhere(ABSENT), isSealed: () => true },
      want: true,
    },
    { name: 'an unsealed token that a Secret still carries', entry: waiting, given: everywhere(carrier), want: true },
    { name: 'material that is nowhere', entry: waiting, given: everywhere(ABSENT), want: false },
    {
      name: 'sealed material when the window is over',
      entry: { ...waiting, destroyAt: hoursFromNow(0) },
      given: { isSealed: () => true },
      want: false,
    },
    {
      name: 'an environment without a window',
      entry: productionEntry({ state: 'Withdrawn' }),
      given: { isSealed: () => true },
      want: false,
    },
    {
      name: 'an environment without a current version',
      entry: { ...waiting, versions: [versionEntry('production', 1, { state: 'Retired' })] },
      given: { isSealed: () => true },
      want: false,
    },
  ])('answers $want for $name', ({ entry, given, want }) => {
    expect(isRestorable({ ...facts, ...given }, entry)).toBe(want);
  });
});
