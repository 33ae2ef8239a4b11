import { READY, RECONCILING, STALLED, type Reason } from '../../api/conditions.ts';
import type { KeywrightError } from '../../errors.ts';
import type { ConditionPatch } from '../../kube/objects/conditions.ts';
import type { Violation } from './policy.ts';

/** How long after an object's creation the absence of what it needs is no failure: they are often applied together. */
const APPEARANCE_GRACE_MS = 60_000;

/** Why an object is not ready: whether it goes on by itself (working), is retried (broken) or needs somebody's edit (stalled). */
export interface Verdict extends Violation<Reason> {
  readonly severity: 'working' | 'broken' | 'stalled';
}

/** A condition without the generation it speaks about. */
export type SubCondition = Omit<ConditionPatch, 'observedGeneration'>;

/** What a failed pass says of the object. */
export function failureVerdict({ reason, message, retry }: KeywrightError): Verdict {
  return { severity: retry === 'terminal' ? 'stalled' : 'broken', reason, message };
}

/** The moment the grace for what has yet to appear is over, while that is still ahead. */
export function appearanceGraceEndsAt(created: string | undefined, now: Date): Date | undefined {
  const end = created === undefined ? undefined : new Date(Date.parse(created) + APPEARANCE_GRACE_MS);
  return end !== undefined && end > now ? end : undefined;
}

/** Ready as the verdict has it, the others, and Reconciling or Stalled where the verdict calls for one. */
export function verdictPatches(
  { severity, reason, message }: Verdict,
  others: readonly SubCondition[],
  observedGeneration: number,
): readonly ConditionPatch[] {
  const patch = (type: string, status: ConditionPatch['status']): SubCondition => ({ type, status, reason, message });
  const isWorking = severity === 'working';
  return patchesOf(
    [
      patch(READY, isWorking ? 'Unknown' : 'False'),
      ...others,
      ...(isWorking ? [patch(RECONCILING, 'True')] : []),
      ...(severity === 'stalled' ? [patch(STALLED, 'True')] : []),
    ],
    observedGeneration,
  );
}

/** Ready for this reason, and the others. */
export function readyPatches(
  { reason, message }: Violation<Reason>,
  others: readonly SubCondition[],
  observedGeneration: number,
): readonly ConditionPatch[] {
  return patchesOf([{ type: READY, status: 'True', reason, message }, ...others], observedGeneration);
}

function patchesOf(conditions: readonly SubCondition[], observedGeneration: number): readonly ConditionPatch[] {
  return conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message, observedGeneration }));
}
