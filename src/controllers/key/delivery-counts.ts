import type { KeyStatus } from '../../api/key-object.ts';
import { Reason } from '../../api/conditions.ts';
import { isOurs, type DeliveryTarget } from '../planning/place-state.ts';
import { fitsButForPrevious, type WantedSecret } from '../planning/wanted-secret.ts';
import type { DeliveryResult } from '../../telemetry/key-metrics.ts';
import { entriesOf } from '../planning/key-facts.ts';
import type { KeyObjectFacts } from '../planning/key-rules.ts';

/** One Secret that was written, and as what it counts. */
export interface SecretWrite {
  readonly target: DeliveryTarget;
  readonly result: DeliveryResult;
}

/** What a write that was taken counts as. @param facts As the write was planned on. */
export function writeResult(facts: KeyObjectFacts, target: DeliveryTarget): DeliveryResult {
  if (isAdoption(facts, target)) return 'adopted';
  if (isRepair(facts, target.wanted) && !isEndOfOverlap(target)) return 'repaired';
  return target.verb === 'Create' ? 'created' : 'updated';
}

/** Only results that occurred. */
export function countResults(writes: readonly SecretWrite[]): Partial<Record<DeliveryResult, number>> {
  const counts: Partial<Record<DeliveryResult, number>> = {};
  for (const { result } of writes) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}

/** Taking out a version whose time is over changes what is there just as planned. */
function isEndOfOverlap({ wanted, replaces }: DeliveryTarget): boolean {
  return replaces !== undefined && fitsButForPrevious(replaces, wanted);
}

/** Planning replaces a Secret that is not ours only where its owner consented. */
function isAdoption(facts: KeyObjectFacts, { wanted, replaces }: DeliveryTarget): boolean {
  const entry = entriesOf(facts).find(({ name }) => name === wanted.environment);
  return replaces !== undefined && !isOurs(replaces, facts.identity, entry);
}

/**
 * Does writing this Secret put back what somebody changed or deleted? Drift is what needs a write where status
 * already called this very version delivered, for the spec as it is.
 *
 * @internal
 */
export function isRepair({ object }: Pick<KeyObjectFacts, 'object'>, wanted: WantedSecret): boolean {
  // An edit of the key changes what is wanted, which is no drift.
  if (object?.status?.observedGeneration !== object?.metadata.generation) return false;
  const row = object?.status?.environments
    ?.find(({ name }) => name === wanted.environment)
    ?.namespaces?.find(({ name }) => name === wanted.place.namespace);
  return row?.success === true && row.version === wanted.version;
}

/** Namespaces that `after` refuses because of a Secret that is not the key's, and `before` did not. */
export function newConflicts(before: KeyStatus | undefined, after: KeyStatus): number {
  const known = new Set(conflicts(before));
  return conflicts(after).filter((row) => !known.has(row)).length;
}

function conflicts(status: KeyStatus | undefined): readonly string[] {
  return (status?.environments ?? []).flatMap(({ name, namespaces = [] }) =>
    namespaces.filter(({ reason }) => reason === Reason.SecretConflict).map((row) => `${name}/${row.name}`),
  );
}
