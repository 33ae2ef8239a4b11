import type { KeyObjectFacts } from '../planning/key-rules.ts';

/** How long after its creation a key says nothing of a project that is there and not yet claimed. */
const CLAIM_GRACE_MS = 5_000;

/**
 * A first report that would say "not yet claimed" waits, as that will be over in a moment: a project and its keys are
 * often applied together. When it is due all the same, in milliseconds of the epoch; undefined when nothing has to wait.
 */
export function claimGraceEndsAt({ object, project, installation, now }: KeyObjectFacts): number | undefined {
  // The schema's default status observes generation -1.
  const isReported = (object?.status?.observedGeneration ?? -1) >= 0;
  const created = object?.metadata.creationTimestamp;
  if (project.kind !== 'Unclaimed' || installation !== 'Ready' || isReported || created === undefined) return undefined;
  const end = Date.parse(created) + CLAIM_GRACE_MS;
  return end > now.getTime() ? end : undefined;
}
