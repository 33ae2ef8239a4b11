/** Single histories of a key that all its environments share: what chance puts together too seldom. */
import { describe, expect, test } from 'vitest';
import type { WorldEvent } from '../../../support/world/events.ts';
import { API_KEY_WORLD, SHARED_KEY_WORLD } from '../../../support/world/kind.ts';
import {
  currentHashes,
  delivered,
  editing,
  environmentsOf,
  goOn,
  importing,
  later,
  revoking,
  suspendingStaging,
  tell,
} from '../../../support/world/tell.ts';
import type { Operator } from '../../../support/world/operator.ts';

const only = (...names: readonly string[]): WorldEvent => editing({ environments: names.map((name) => ({ name })) });
const both = only('staging', 'production');
const rotating = (trigger = 'leak'): WorldEvent => editing({ rotation: { trigger } });
const unimporting: WorldEvent = { kind: 'editKey', spec: {}, without: ['import'] };
const [backUp, restore] = [{ kind: 'backUp' }, { kind: 'restore' }] as const;

const DEV = {
  kind: 'editProject',
  spec: {
    environments: [
      { name: 'staging', namespaces: ['payments-staging'] },
      { name: 'production', namespaces: ['payments-prod-eu'] },
      { name: 'dev', namespaces: ['payments-prod-us'] },
    ],
  },
} as const satisfies WorldEvent;

function versionsIn(operator: Operator, namespace: string): readonly (number | undefined)[] {
  return delivered(operator).flatMap(([key, version]) => (key.startsWith(`${namespace}/`) ? [version] : []));
}

/** One key in force in as many environments, and none that had it before under another number. */
function expectOneKey(operator: Operator, environments: number): void {
  expect(currentHashes(operator).length).toBe(environments);
  expect(new Set(currentHashes(operator)).size).toBe(1);
  for (const { versions } of environmentsOf(operator)) {
    const hashes = versions.map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  }
}

describe('A shared CryptoKey whose record came back from before a rotation', () => {
  test('stays in its overlap where it had come back as another version after its window', () => {
    const restored = [backUp, rotating(), restore] as const;
    const operator = tell(SHARED_KEY_WORLD, only('staging'), later(30), both, later(2), ...restored);
    const states = environmentsOf(operator).map(({ versions }) =>
      versions.map(({ version, state }) => `${version} ${state}`),
    );
    expect(states).toEqual([
      ['3 Current', '1 Retiring'],
      ['3 Current', '2 Retiring', '1 Retired'],
    ]);
  });

  test('keeps its last copies when another environment has lost its own', () => {
    const operator = tell(SHARED_KEY_WORLD, backUp, rotating(), later(48), restore);
    expect(versionsIn(operator, 'payments-staging')).toEqual([2]);
    goOn(operator, { kind: 'deleteSecret', index: 0 }, later(48));
    expect(versionsIn(operator, 'payments-staging')).not.toContain(2);
    expect(versionsIn(operator, 'payments-prod-eu')).toEqual([2]);
    goOn(operator, rotating('again'), later(48));
    expectOneKey(operator, 2);
  });

  test('keeps its last copies when an environment is added', () => {
    const operator = tell(SHARED_KEY_WORLD, only('production'), later(30), backUp, rotating(), later(48), restore);
    const kept = versionsIn(operator, 'payments-prod-eu');
    goOn(operator, both, later(48));
    expect(versionsIn(operator, 'payments-prod-eu')).toEqual(kept);
    expect(versionsIn(operator, 'payments-staging').length).toBe(1);
  });

  test.each([
    { kind: SHARED_KEY_WORLD, name: 'shared CryptoKey' },
    { kind: API_KEY_WORLD, name: 'ApiKey' },
  ])('rotates the environment that was away: $name', ({ kind }) => {
    const away = [suspendingStaging(true), rotating()];
    const operator = tell(kind, backUp, away, later(48), restore);
    const [before] = environmentsOf(operator);
    expect(versionsIn(operator, 'payments-staging')).toEqual([1]);
    goOn(operator, suspendingStaging(false), later(48));
    const [after] = environmentsOf(operator);
    expect(after?.versions.find(({ state }) => state === 'Current')?.hash).not.toBe(before?.versions[0]?.hash);
    expect(versionsIn(operator, 'payments-prod-eu')).toEqual([2]);
  });

  test('is not given to others again by the environment that was away', () => {
    const operator = tell(SHARED_KEY_WORLD, backUp, [suspendingStaging(true), rotating()], later(48), restore);
    const leaked = environmentsOf(operator)[0]?.versions[0]?.hash;
    goOn(operator, [
      { kind: 'deleteSecret', index: 2 },
      { kind: 'deleteSecret', index: 1 },
    ]);
    expect(environmentsOf(operator)[1]?.versions[0]?.hash).not.toBe(leaked);
  });

  test('does not rotate for a debt that was paid since', () => {
    const away = [suspendingStaging(true), rotating()];
    const operator = tell(SHARED_KEY_WORLD, away, backUp, suspendingStaging(false), later(96), restore);
    const versions = delivered(operator);
    goOn(operator, later(48));
    expect(delivered(operator)).toEqual(versions);
    expectOneKey(operator, 2);
  });
});

describe('A shared CryptoKey that is imported while an environment is away', () => {
  test.each<{ name: string; goes: WorldEvent; comes: WorldEvent }>([
    { name: 'the spec does not name', goes: only('production'), comes: both },
    { name: 'the project suspends', goes: suspendingStaging(true), comes: suspendingStaging(false) },
  ])('is one key when its import is over, also in the one that $name', ({ goes, comes }) => {
    const operator = tell(SHARED_KEY_WORLD, [goes, importing('one')], unimporting, comes, later(48));
    expectOneKey(operator, 2);
  });

  test('is one key when its source changes meanwhile', () => {
    const operator = tell(SHARED_KEY_WORLD, importing('one'), suspendingStaging(true), [
      { kind: 'editSource', source: 'one', holds: 'another' },
    ]);
    goOn(operator, later(30), unimporting, suspendingStaging(false), later(48));
    expectOneKey(operator, 2);
  });

  test('comes back as what it was where it owes a rotation and its source is gone', () => {
    const operator = tell(
      SHARED_KEY_WORLD,
      [only('production'), importing('one')],
      [{ kind: 'editSource', source: 'one', holds: undefined }, both],
    );
    expect(versionsIn(operator, 'payments-staging')).toEqual([1]);
    goOn(operator, unimporting, later(48));
    expectOneKey(operator, 2);
  });

  test('is not issued again as what it is already', () => {
    const operator = tell(SHARED_KEY_WORLD, importing('one'), later(30), unimporting, suspendingStaging(true));
    goOn(operator, rotating(), importing('one'), suspendingStaging(false), later(30), unimporting, later(48));
    const [staging] = environmentsOf(operator);
    const hashes = staging?.versions.map(({ hash }) => hash) ?? [];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(new Set(currentHashes(operator)).size).toBe(1);
  });
});

describe('A shared CryptoKey of which a version was revoked', () => {
  test.each([
    { name: 'is there', away: [] },
    { name: 'is suspended', away: [suspendingStaging(true)] },
  ])('is issued again by order alone where it has no other and $name', ({ away }) => {
    const daily = editing({ rotation: { interval: '24h' } });
    const operator = tell(SHARED_KEY_WORLD, only('staging'), later(30), both, daily, [revoking(1), ...away]);
    const noVersion = (): boolean => environmentsOf(operator)[0]?.versions[0]?.state === 'Revoked';
    expect(noVersion()).toBe(true);
    goOn(operator, later(25), suspendingStaging(false), later(25));
    expect(noVersion()).toBe(true);
    expect(environmentsOf(operator)[1]?.versions[0]?.version).toBeGreaterThan(2);
    goOn(operator, rotating(), later(48));
    expect(currentHashes(operator).length).toBe(2);
    expect(new Set(currentHashes(operator)).size).toBe(1);
  });

  const all = only('staging', 'production', 'dev');

  test.each<{ name: string; events: readonly (WorldEvent | readonly WorldEvent[])[] }>([
    { name: 'later', events: [revoking(1), DEV, all] },
    { name: 'at the same time', events: [DEV, [revoking(1), all]] },
  ])('is not given on to an environment that is added $name', ({ events }) => {
    const operator = tell(SHARED_KEY_WORLD, only('production'), later(48), both, ...events);
    const leaked = environmentsOf(operator).flatMap(({ versions }) =>
      versions.flatMap(({ version, hash }) => (version === 1 ? [hash] : [])),
    );
    const dev = environmentsOf(operator).find(({ name }) => name === 'dev');
    expect(new Set(leaked).size).toBe(1);
    expect(dev?.versions.length).toBe(1);
    expect(leaked).not.toContain(dev?.versions[0]?.hash);
  });
});

describe('A shared CryptoKey whose algorithm is changed and changed back', () => {
  test.each<{ name: string; goes: WorldEvent; comes: WorldEvent }>([
    {
      name: 'the spec does not name',
      goes: only('production'),
      comes: both,
    },
    { name: 'the project suspends', goes: suspendingStaging(true), comes: suspendingStaging(false) },
  ])('brings back nothing that it gave up while an environment is away that $name', ({ goes, comes }) => {
    const operator = tell(SHARED_KEY_WORLD, goes, editing({ algorithm: 'Ed25519' }), [
      editing({ algorithm: 'EC-P256' }),
      comes,
    ]);
    operator.world.now = new Date(operator.world.now.getTime() + 48 * 3_600_000);
    operator.passAndRest();
    const current = operator.world.server.record?.ledger.environments.map(({ versions }) => versions[0]?.hash) ?? [];
    expect(new Set(current).size).toBe(1);
    for (const { versions } of operator.world.server.record?.ledger.environments ?? []) {
      const hashes = versions.map(({ hash }) => hash);
      expect(new Set(hashes).size).toBe(hashes.length);
    }
  });
});
