/** Histories of a revocation that meets an environment which cannot follow it. */
import { describe, expect, test } from 'vitest';
import { EU, STAGING, US } from '../../../support/facts.ts';
import type { WorldEvent } from '../../../support/world/events.ts';
import { API_KEY_WORLD } from '../../../support/world/kind.ts';
import { Operator } from '../../../support/world/operator.ts';

/** The operator looks at the key, then after each event. */
function tell(...events: readonly WorldEvent[]): Operator {
  const operator = new Operator(undefined, API_KEY_WORLD);
  operator.passAndRest();
  for (const event of events) {
    operator.run({ kind: 'event', event });
    operator.passAndRest();
  }
  return operator;
}

/** Versions that status shows in force in an environment. */
function inForce({ world }: Operator, environment: string): readonly number[] {
  const shown = world.server.object?.status?.environments?.find(({ name }) => name === environment);
  return (shown?.versions ?? []).filter(({ state }) => state !== 'Revoked').map(({ version }) => version);
}

const projectWith = (suspended: boolean): WorldEvent => ({
  kind: 'editProject',
  spec: {
    environments: [
      { name: 'staging', namespaces: [STAGING], tokenCode: 'test', suspended },
      { name: 'production', namespaces: [EU, US], tokenCode: 'live' },
    ],
  },
});

const triggering = (trigger: string): WorldEvent => ({ kind: 'editKey', spec: { rotation: { trigger } } });
const later: WorldEvent = { kind: 'pass', hours: 100 };

describe('A revocation and a trigger in one edit', () => {
  const revokeAndReplace: WorldEvent = {
    kind: 'editKey',
    spec: { revocation: { reason: 'Compromised', throughVersion: 1 }, rotation: { trigger: 'leak' } },
  };

  test.each<{ name: string; away: WorldEvent; back: WorldEvent }>([
    { name: 'suspended', away: projectWith(true), back: projectWith(false) },
    {
      name: 'without a namespace',
      away: { kind: 'deleteNamespace', namespace: STAGING },
      back: { kind: 'createNamespace', namespace: STAGING },
    },
    {
      name: 'out of the spec',
      away: { kind: 'editKey', spec: { environments: [{ name: 'production' }] } },
      back: { kind: 'editKey', spec: { environments: [{ name: 'staging' }, { name: 'production' }] } },
    },
  ])('are followed in an environment, too, that was $name then', ({ away, back }) => {
    const operator = tell(away, revokeAndReplace, back, later);
    expect(inForce(operator, 'production')).toEqual([2]);
    expect(inForce(operator, 'staging')).toEqual([3]);
  });
});

test('An order from before a revocation does not replace what was revoked', () => {
  const revoke: WorldEvent = { kind: 'editKey', spec: { revocation: { reason: 'Compromised', throughVersion: 2 } } };
  const operator = tell(projectWith(true), triggering('first'), later, revoke, projectWith(false), later);
  expect([inForce(operator, 'staging'), inForce(operator, 'production')]).toEqual([[], []]);
  operator.run({ kind: 'event', event: triggering('second') });
  operator.passAndRest();
  expect([inForce(operator, 'staging'), inForce(operator, 'production')]).toEqual([[3], [3]]);
});
