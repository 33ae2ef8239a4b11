/**
 * metav1.Condition: one fact about an object, as an observer sees it. A status holds at most one per type.
 * https://github.com/kubernetes/community/blob/main/contributors/devel/sig-architecture/api-conventions.md
 */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase, never empty. */
  readonly reason: string;
  readonly message: string;
  /** RFC 3339 in whole seconds. The moment `status`, and nothing else, last changed. */
  readonly lastTransitionTime: string;
  /** The metadata.generation this condition speaks about. */
  readonly observedGeneration?: number;
}

/** What a status says of one type; undefined while it says nothing. */
export function conditionOf(
  status: { readonly conditions?: readonly Condition[] } | undefined,
  wanted: string,
): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === wanted);
}

/** A condition as it should be. When it came to be so follows from what was there before. */
export type ConditionPatch = Omit<Condition, 'lastTransitionTime'>;

export interface MergeOptions {
  readonly now: Date;
  /** Types that exist only while True, such as Reconciling and Stalled: gone unless wanted with status True. */
  readonly onlyWhileTrue?: readonly string[];
}

/**
 * The conditions that follow `existing` when `wanted` holds. Neither array is changed.
 *
 * - `lastTransitionTime` moves to `now` only where the status flips or the condition is new.
 * - Order is stable: what exists keeps its place, what is new follows in the order of `wanted`.
 * - A type that is not wanted stays as it is, unless it exists only while True.
 */
export function mergeConditions(
  existing: readonly Condition[],
  wanted: readonly ConditionPatch[],
  { now, onlyWhileTrue = [] }: MergeOptions,
): readonly Condition[] {
  const wantedByType = new Map(wanted.map((patch) => [patch.type, patch]));
  const mayStay = ({ type, status }: ConditionPatch, isWanted: boolean): boolean =>
    !onlyWhileTrue.includes(type) || (isWanted && status === 'True');

  const kept = existing.map((before) => {
    const patch = wantedByType.get(before.type);
    wantedByType.delete(before.type);
    if (patch === undefined) return mayStay(before, false) ? before : undefined;
    return mayStay(patch, true) ? transition(before, patch, now) : undefined;
  });
  const added = [...wantedByType.values()].filter((patch) => mayStay(patch, true));
  return [
    ...kept.filter((condition) => condition !== undefined),
    ...added.map((patch) => transition(undefined, patch, now)),
  ];
}

function transition(before: Condition | undefined, patch: ConditionPatch, now: Date): Condition {
  const lastTransitionTime = before?.status === patch.status ? before.lastTransitionTime : formatSeconds(now);
  const { type, status, reason, message, observedGeneration } = patch;
  const condition = { type, status, reason, message, lastTransitionTime };
  return observedGeneration === undefined ? condition : { ...condition, observedGeneration };
}

/** As the API server writes a metav1.Time, so that what comes back compares equal. */
function formatSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
