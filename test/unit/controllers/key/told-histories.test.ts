/** Single histories, told by hand: what chance puts together too seldom, or what was once expected wrongly. */
import { describe, expect, test } from 'vitest';
import { shortcomings } from '../../../support/world/goal.ts';
import type { WorldEvent } from '../../../support/world/events.ts';
import { API_KEY_WORLD, CRYPTO_KEY_WORLD } from '../../../support/world/kind.ts';
import { Operator, type Command } from '../../../support/world/operator.ts';
import { settle } from '../../../support/world/passes.ts';
import { REFUSED } from '../../../support/world/sources.ts';
import { delivered, editing, holding, importing, ready, revoking, tell } from '../../../support/world/tell.ts';

const everywhere = (version: number): ReturnType<typeof delivered> =>
  ['payments-staging', 'payments-prod-eu', 'payments-prod-us'].map((name) => [`${name}/checkout`, version] as const);

const prefix: WorldEvent = {
  kind: 'editProject',
  spec: { policy: { scopes: ['charges.*'], secretNamePrefix: 'key-' } },
};

describe('An ApiKey that is applied again beside a late write of its former life', () => {
  test('has everything in place after one look', () => {
    const operator = new Operator(undefined, API_KEY_WORLD);
    const commands: readonly Command[] = [
      { kind: 'crash', stopAfter: 3 },
      { kind: 'pass' },
      { kind: 'event', event: { kind: 'deleteKey' } },
      { kind: 'pass' },
      { kind: 'latePost' },
      { kind: 'event', event: { kind: 'applyKey' } },
      { kind: 'pass' },
    ];
    for (const command of commands) operator.run(command);
    expect(delivered(operator).length).toBe(3);
    expect(operator.world.server.record?.sealed).toEqual([]);
  });
});

describe('A CryptoKey whose record came back from before its import', () => {
  test('keeps its Secrets under their former name, as nothing else has the key any more', () => {
    const operator = tell(CRYPTO_KEY_WORLD, { kind: 'backUp' }, importing('one'), [
      { kind: 'restore' },
      { kind: 'editSource', source: 'one', holds: REFUSED },
      prefix,
    ]);
    expect(delivered(operator)).toEqual([
      ['payments-staging/checkout', 2],
      ['payments-prod-eu/checkout', 2],
      ['payments-prod-us/checkout', 2],
    ]);
    expect(shortcomings(operator.world, settle(operator.world, operator.invariants))).toEqual([]);
  });

  test('is not issued anew what it has, as it learns its source again', () => {
    const operator = tell(CRYPTO_KEY_WORLD, { kind: 'backUp' }, importing('one'), { kind: 'restore' });
    expect(delivered(operator)).toEqual(everywhere(2));
    operator.run({ kind: 'event', event: holding('b') });
    operator.passAndRest();
    expect(delivered(operator)).toEqual(everywhere(4));
    operator.run({ kind: 'event', event: revoking(2) });
    operator.passAndRest();
    expect(delivered(operator)).toEqual(everywhere(4));
  });

  test('is not issued what is revoked as soon as its record settles', () => {
    const staging = 'payments-staging';
    const operator = tell(CRYPTO_KEY_WORLD, { kind: 'backUp' }, { kind: 'forbid', namespace: staging });
    for (const event of [importing('one'), { kind: 'restore' } as const, revoking(3)]) {
      operator.run({ kind: 'event', event });
      operator.passAndRest();
    }
    operator.heal();
    settle(operator.world, operator.invariants);
    expect(delivered(operator)).toEqual([]);
    expect(ready(operator)).toEqual(['False', 'RevokedMaterial']);
  });

  test('keeps the passphrase that its Secrets are protected with', () => {
    const operator = tell(
      CRYPTO_KEY_WORLD,
      { kind: 'backUp' },
      [importing('one'), editing({ passphrase: {} })],
      [
        { kind: 'restore' },
        { kind: 'editSource', source: 'one', holds: undefined },
        { kind: 'editKey', spec: {}, without: ['passphrase'] },
      ],
    );
    expect(delivered(operator).map(([key]) => key)).toContain('payments-prod-eu/checkout-passphrase');
    expect(shortcomings(operator.world, settle(operator.world, operator.invariants))).toEqual([]);
  });
});

describe('A CryptoKey that its Secrets alone have, as its record came back from before it', () => {
  test('has nothing planned for a Secret that could only be made anew', () => {
    const operator = tell(CRYPTO_KEY_WORLD, { kind: 'backUp' }, importing('one'), { kind: 'restore' }, [
      { kind: 'freezeSecret', index: 0 },
      { kind: 'editSource', source: 'one', holds: REFUSED },
      editing({ outputs: [{ name: 'app', secretName: 'checkout', formats: ['DER'] }] }),
    ]);
    settle(operator.world, operator.invariants);
    expect(delivered(operator)).toEqual(everywhere(2));
  });
});

describe('A CryptoKey whose imported key was revoked', () => {
  test.each([
    { name: 'still holds it', holds: "one's key" },
    { name: 'is gone', holds: undefined },
  ])('is delivered nowhere any more, and Ready, when its source $name', ({ holds }) => {
    for (const through of [2, undefined]) {
      const operator = tell(CRYPTO_KEY_WORLD, importing('one'), [holding(holds), revoking(through)]);
      expect(delivered(operator)).toEqual([]);
      expect(ready(operator)).toEqual(['True', 'Revoked']);
    }
  });

  test('is issued again as soon as its source holds another, and never as what was revoked', () => {
    const operator = tell(CRYPTO_KEY_WORLD, importing('one'), revoking(2), holding('b'));
    operator.world.now = new Date(operator.world.now.getTime() + 48 * 3_600_000);
    operator.passAndRest();
    expect(delivered(operator)).toEqual(everywhere(3));
    operator.run({ kind: 'event', event: holding("one's key") });
    operator.passAndRest();
    expect(delivered(operator)).toEqual(everywhere(3));
    expect(ready(operator)).toEqual(['False', 'RevokedMaterial']);
  });

  test('says so of a source that holds what was revoked before, and not of one that nobody changed since', () => {
    const operator = tell(CRYPTO_KEY_WORLD, importing('one'), holding('b'), revoking(3));
    expect(ready(operator)).toEqual(['True', 'Revoked']);
    operator.run({ kind: 'event', event: holding("one's key") });
    operator.passAndRest();
    expect(ready(operator)).toEqual(['False', 'RevokedMaterial']);
    operator.run({ kind: 'event', event: holding('b') });
    operator.passAndRest();
    expect(ready(operator)).toEqual(['True', 'Revoked']);
    expect(delivered(operator)).toEqual([]);
  });

  test('is not issued from what had retired before its number was taken back', () => {
    const operator = tell(CRYPTO_KEY_WORLD, importing('one'), holding('b'), holding('c'), revoking(3));
    operator.run({ kind: 'event', event: holding("one's key") });
    operator.passAndRest();
    expect(delivered(operator)).toEqual(everywhere(4));
    expect(ready(operator)).toEqual(['False', 'RevokedMaterial']);
  });
});

const ordered: WorldEvent = { kind: 'editKey', spec: { rotation: { trigger: 'leak' } } };

describe('An ApiKey of which everything was revoked', () => {
  test.each<{ name: string; between: readonly WorldEvent[] }>([
    { name: 'is there', between: [] },
    { name: 'was deleted and applied again', between: [{ kind: 'deleteKey' }, { kind: 'applyKey' }] },
    {
      name: 'had an environment taken away and put back',
      between: [
        { kind: 'editKey', spec: { environments: [{ name: 'production' }] } },
        { kind: 'editKey', spec: { environments: [{ name: 'staging' }, { name: 'production' }] } },
      ],
    },
  ])('is issued again by a new trigger when it $name', ({ between }) => {
    const operator = tell(API_KEY_WORLD, revoking(1), ...between);
    expect(delivered(operator)).toEqual([]);
    operator.run({ kind: 'event', event: ordered });
    operator.passAndRest();
    expect(delivered(operator).map(([, version]) => version)).toEqual([2, 2, 2]);
    expect(ready(operator)).toEqual(['True', 'Delivered']);
  });
});

describe('An ApiKey whose record came back from before a revocation that its spec no longer tells of', () => {
  const unsaid: WorldEvent = { kind: 'editKey', spec: {}, without: ['revocation'] };

  test.each([
    { what: 'versions up to 1', through: 1 },
    { what: 'the key', through: undefined },
  ])('stays revoked when it is deleted and applied again: $what', ({ through }) => {
    const restored = [{ kind: 'restore' }, { kind: 'deleteKey' }, { kind: 'applyKey' }] as const;
    const operator = tell(API_KEY_WORLD, { kind: 'backUp' }, revoking(through), unsaid, ...restored);
    expect(delivered(operator)).toEqual([]);
    expect(ready(operator)).toEqual(['True', 'Revoked']);
  });

  test('keeps what was issued since', () => {
    const operator = tell(API_KEY_WORLD, { kind: 'backUp' }, [revoking(1), ordered], unsaid, { kind: 'restore' });
    expect(delivered(operator).map(([, version]) => version)).toEqual([2, 2, 2]);
    expect(operator.world.server.record?.ledger.revocation?.throughVersion).toBe(1);
  });
});
