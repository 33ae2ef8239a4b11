/** Single histories, told by hand: what chance puts together too seldom, or what was once expected wrongly. */
import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../src/api/generated/crypto-key.ts';
import type { KeySpec } from '../../../../src/api/key-object.ts';
import { shortcomings } from '../../../support/world-goal.ts';
import type { WorldEvent } from '../../../support/world-events.ts';
import { CRYPTO_KEY_WORLD, type WorldKind } from '../../../support/world-kind.ts';
import { Operator } from '../../../support/world-operator.ts';
import { settle } from '../../../support/world-passes.ts';
import { REFUSED } from '../../../support/world-sources.ts';

/** The operator looks at the key, then after each event but those of one array, which come at once. */
function tell(kind: WorldKind, ...events: readonly (WorldEvent | readonly WorldEvent[])[]): Operator {
  const operator = new Operator(undefined, kind);
  operator.passAndRest();
  for (const together of events) {
    for (const event of [together].flat()) operator.run({ kind: 'event', event });
    operator.passAndRest();
  }
  return operator;
}

/** Where Secrets are, and which version each one proves. */
function delivered({ world }: Operator): readonly (readonly [string, number | undefined])[] {
  return [...world.server.secrets].map(([key, { proof }]) => [key, proof?.version] as const);
}

function importing(key: string): WorldEvent {
  const spec: Partial<CryptoKeySpec> = { import: { secretKeyRef: { name: 'partner-keys', key } } };
  return { kind: 'editKey', spec };
}

const prefix: WorldEvent = {
  kind: 'editProject',
  spec: { policy: { scopes: ['charges.*'], secretNamePrefix: 'key-' } },
};

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

  test('keeps the passphrase that its Secrets are protected with', () => {
    const operator = tell(
      CRYPTO_KEY_WORLD,
      { kind: 'backUp' },
      [importing('one'), { kind: 'editKey', spec: { passphrase: {} } as Partial<CryptoKeySpec> as Partial<KeySpec> }],
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
