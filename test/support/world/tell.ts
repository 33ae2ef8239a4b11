/** For histories that are told by hand: what happens, and what is seen after it. */
import { conditionOf } from '../../../src/kube/objects/conditions.ts';
import type { CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import type { EnvironmentEntry } from '../../../src/sealing/ledger.ts';
import { keyProjectOf } from '../facts.ts';
import type { WorldEvent } from './events.ts';
import type { WorldKind } from './kind.ts';
import { Operator } from './operator.ts';

/** The operator looks at the key, then after each event but those of one array, which come at once. */
export function tell(kind: WorldKind, ...events: readonly (WorldEvent | readonly WorldEvent[])[]): Operator {
  const operator = new Operator(undefined, kind);
  operator.passAndRest();
  goOn(operator, ...events);
  return operator;
}

/** What happens next in a history. */
export function goOn(operator: Operator, ...events: readonly (WorldEvent | readonly WorldEvent[])[]): void {
  for (const together of events) {
    for (const event of [together].flat()) operator.run({ kind: 'event', event });
    operator.passAndRest();
  }
}

export function editing(spec: Partial<CryptoKeySpec>): WorldEvent {
  return { kind: 'editKey', spec };
}

export function importing(key: string): WorldEvent {
  return editing({ import: { secretKeyRef: { name: 'partner-keys', key } } });
}

export const later = (hours: number): WorldEvent => ({ kind: 'pass', hours });

/** What the source "one" holds from now on; undefined: nothing any more. */
export const holding = (holds: string | undefined): WorldEvent => ({ kind: 'editSource', source: 'one', holds });

/** Absent: the key as a whole. */
export const revoking = (throughVersion?: number): WorldEvent => ({
  kind: 'editKey',
  spec: { revocation: { reason: 'Compromised', ...(throughVersion !== undefined && { throughVersion }) } },
});

/** The project suspends staging, or does not any more. */
export function suspendingStaging(suspended: boolean): WorldEvent {
  const [staging, ...others] = keyProjectOf().spec.environments;
  if (staging === undefined) throw new Error('No environment');
  return { kind: 'editProject', spec: { environments: [{ ...staging, suspended }, ...others] } };
}

/** Where Secrets are, and which version each one proves. */
export function delivered({ world }: Operator): readonly (readonly [string, number | undefined])[] {
  return [...world.server.secrets].map(([key, { proof }]) => [key, proof?.version] as const);
}

export function ready({ world }: Operator): readonly (string | undefined)[] {
  const condition = conditionOf(world.server.object?.status, 'Ready');
  return [condition?.status, condition?.reason];
}

export function environmentsOf({ world }: Operator): readonly EnvironmentEntry[] {
  return world.server.record?.ledger.environments ?? [];
}

/** The hash of the version in force, of every environment that has one. */
export function currentHashes(operator: Operator): readonly string[] {
  return environmentsOf(operator).flatMap(({ versions }) =>
    versions.flatMap(({ state, hash }) => (state === 'Current' ? [hash] : [])),
  );
}
