import { Reason } from '../../api/conditions.ts';
import type { Revocation } from '../../sealing/ledger.ts';
import { sourceRefusals, type SourceRefusal } from '../planning/import-checks.ts';
import { entriesOf, mayWriteRecord } from '../planning/key-facts.ts';
import type { DeclaredFacts } from '../planning/key-rules.ts';
import { perFacts } from '../planning/per-facts.ts';
import { isNewestMaterial } from '../planning/revoked-material.ts';
import { revokedThrough } from '../../sealing/revoked-versions.ts';
import { effectiveRevocation, isRevokedOut, withoutSlip } from '../planning/revocation.ts';
import { planRotation, type RotationPlan } from '../planning/rotation.ts';
import { spreadMs } from '../planning/spread.ts';
import { targetsOf } from './facts.ts';
import { minRotationIntervalMs, overlapMs, presentTriggers, rotationIntervalMs } from './spec.ts';

/** What is taken back for good: what the ledger remembers, or the spec by now. */
export const revocationOf: (facts: DeclaredFacts) => Revocation | undefined = perFacts((facts) => {
  const { record, object, now } = facts;
  const ledger = record.kind === 'Valid' && mayWriteRecord(facts) ? record.ledger : undefined;
  return effectiveRevocation(ledger?.revocation, withoutSlip(object.spec.revocation, ledger?.lastVersion ?? 0), now);
});

/** Is the key as a whole revoked, and not only versions of it? */
export function isWhollyRevoked(facts: DeclaredFacts): boolean {
  return revokedThrough(revocationOf(facts)) === Number.POSITIVE_INFINITY;
}

/** Is the key as a whole revoked, or everything that one environment of it had? */
export function isOutOfForce(facts: DeclaredFacts, environment: string): boolean {
  const entry = entriesOf(facts).find(({ name }) => name === environment);
  const through = revokedThrough(revocationOf(facts));
  return isWhollyRevoked(facts) || (entry !== undefined && isRevokedOut(entry, through));
}

/** Refusals of sources that hold something up. A key that is revoked as a whole waits for no source. */
export const openRefusals: (facts: DeclaredFacts) => readonly SourceRefusal[] = perFacts((facts) => {
  if (isWhollyRevoked(facts)) return [];
  return sourceRefusals(facts).filter((refusal) => !isUnreplaced(facts, refusal));
});

/** Of what is out of force, a source that was not replaced yet: it holds what was revoked there, or nothing any more. */
function isUnreplaced(facts: DeclaredFacts, refusal: SourceRefusal): boolean {
  if (!isOutOfForce(facts, refusal.environment)) return false;
  if (refusal.reason === Reason.ImportSourceMissing) return true;
  const entry = entriesOf(facts).find(({ name }) => name === refusal.environment);
  return refusal.reason === Reason.RevokedMaterial && isNewestMaterial(entry, refusal);
}

/** Is there nothing that an order or an interval could rotate? */
export function isWhollyImported(facts: DeclaredFacts): boolean {
  return targetsOf(facts).every(({ name }) => facts.imports.has(name));
}

/** Does somebody ask for a rotation that was not done? */
export function isTriggered({ object, record }: DeclaredFacts): boolean {
  const consumed = record.kind === 'Valid' ? (record.ledger.triggers ?? []) : [];
  return presentTriggers(object).some((trigger) => !consumed.includes(trigger));
}

/** Keys of one interval that were issued together rotate within this time of each other at most. */
const MAX_INTERVAL_SPREAD_MS = 600_000;

/** An interval ends a little later for one key than for another, so that not all that were issued together rotate at once. */
function ownIntervalMs({ object, identity }: DeclaredFacts): number | undefined {
  const intervalMs = rotationIntervalMs(object.spec);
  return intervalMs === undefined ? undefined : intervalMs + spreadMs(identity, intervalMs, MAX_INTERVAL_SPREAD_MS);
}

/** When the key as a whole rotates. What is imported changes with its source, not by order or time. */
export const rotationOf: (facts: DeclaredFacts) => RotationPlan = perFacts((facts) => {
  const { object, project, now, imports } = facts;
  const through = revokedThrough(revocationOf(facts));
  const isIdle = project.kind !== 'Ours' || object.spec.suspended === true || isWhollyRevoked(facts);
  if (isIdle) return { cause: undefined, nextAt: undefined };
  const served = targetsOf(facts).filter(
    ({ name, suspended, expired, namespaces }) =>
      !suspended && !expired && !imports.has(name) && namespaces.some(({ state }) => state === 'Live'),
  );
  return planRotation({
    now,
    isTriggered: isTriggered(facts),
    intervalMs: ownIntervalMs(facts),
    minIntervalMs: minRotationIntervalMs(project.project.spec),
    overlapMs: overlapMs(object.spec, project.project.spec),
    revokedThrough: through,
    // What was revoked waits for an order, also where it was withdrawn and is wanted again.
    environments: entriesOf(facts).filter(
      (entry) =>
        (entry.state === 'Active' || isRevokedOut(entry, through)) && served.some(({ name }) => name === entry.name),
    ),
  });
});
