import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conditionOf } from '../../../../src/kube/objects/conditions.ts';
import { API_KEY_EDITS, CRYPTO_KEY_EDITS, SHARED_KEY_EDITS } from '../../../support/world/edits.ts';
import { shortcomings } from '../../../support/world/goal.ts';
import { Invariants } from '../../../support/world/invariants.ts';
import { API_KEY_WORLD, CRYPTO_KEY_WORLD, SHARED_KEY_WORLD } from '../../../support/world/kind.ts';
import type { WorldEvent } from '../../../support/world/events.ts';
import { Operator } from '../../../support/world/operator.ts';
import { settle } from '../../../support/world/passes.ts';
import type { Stepped } from '../../../support/world/rules.ts';
import { REFUSED } from '../../../support/world/sources.ts';
import { goodPath, history } from './histories.ts';

/** What the inner loop can wait for. RUNS=5000 looks further, and is worth it after a change of planning. */
const RUNS = { numRuns: Number(process.env['RUNS'] ?? 120) };
const TIMEOUT_MS = 60_000 + RUNS.numRuns * 100;

/** Everything that holds in any history, and no Ready=False. */
class NoFlap extends Invariants {
  override check(stepped: Stepped): void {
    super.check(stepped);
    const ready = conditionOf(stepped.after.object?.status, 'Ready');
    if (ready?.status === 'False') throw new Error(`Broken: Ready is False with reason ${ready.reason}`);
  }
}

/** Each source is gone, or holds what is never taken. */
const badSources = fc
  .tuple(fc.constantFrom(undefined, REFUSED), fc.constantFrom(undefined, REFUSED))
  .map((contents) =>
    contents.map((holds, at): WorldEvent => ({ kind: 'editSource', source: at === 0 ? 'one' : 'two', holds })),
  );

describe.each([
  { kind: API_KEY_WORLD, edits: API_KEY_EDITS },
  { kind: CRYPTO_KEY_WORLD, edits: CRYPTO_KEY_EDITS },
  { kind: SHARED_KEY_WORLD, edits: SHARED_KEY_EDITS },
])('planKey of $kind.name', ({ kind, edits }) => {
  test('keeps every invariant in any history, and settles', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(history(edits), (commands) => {
        const operator = new Operator(new Invariants(), kind);
        for (const command of commands) operator.run(command);
        expect(settle(operator.world, operator.invariants)).toBeDefined();
      }),
      RUNS,
    );
  });

  test(
    'gets everything in place after any history, once every namespace can be reached',
    { timeout: TIMEOUT_MS },
    () => {
      fc.assert(
        fc.property(history(edits), (commands) => {
          const operator = new Operator(new Invariants(), kind);
          for (const command of commands) operator.run(command);
          operator.heal();
          const settled = settle(operator.world, operator.invariants);
          expect(shortcomings(operator.world, settled)).toEqual([]);
        }),
        RUNS,
      );
    },
  );

  test(
    'brings every lost Secret back after any history, whatever has become of its source',
    { timeout: TIMEOUT_MS },
    () => {
      fc.assert(
        fc.property(history(edits), badSources, (commands, spoilt) => {
          const operator = new Operator(new Invariants(), kind);
          for (const command of commands) operator.run(command);
          operator.heal();
          settle(operator.world, operator.invariants);
          for (const event of spoilt) operator.run({ kind: 'event', event });
          for (const key of operator.world.server.secrets.keys()) operator.world.removeSecret(key, 'change');
          const settled = settle(operator.world, operator.invariants);
          expect(shortcomings(operator.world, settled)).toEqual([]);
        }),
        RUNS,
      );
    },
  );

  test('never says Ready=False while nothing is wrong', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(goodPath(edits), (commands) => {
        const operator = new Operator(new NoFlap(), kind);
        for (const command of commands) operator.run(command);
        const settled = settle(operator.world, operator.invariants);
        expect(shortcomings(operator.world, settled)).toEqual([]);
      }),
      RUNS,
    );
  });
});
