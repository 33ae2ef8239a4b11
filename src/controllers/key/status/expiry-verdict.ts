import { Reason } from '../../../api/conditions.ts';
import { currentVersion } from '../../planning/environment-facts.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import type { DeclaredFacts } from '../../planning/key-rules.ts';
import { isRestorable } from '../../planning/mint-checks.ts';
import type { TargetEnvironment } from '../../planning/targets.ts';
import type { Verdict } from '../../planning/verdict.ts';
import { environmentFacts } from '../environment.ts';
import { targetsOf } from '../facts.ts';
import { isOutOfForce } from '../lifecycle.ts';

/**
 * The first environment that has expired, and what a later date would do; undefined when there is none. Where all is
 * revoked no date brings anything back, and that is told instead.
 */
export function expiryVerdict(facts: DeclaredFacts): Verdict | undefined {
  const [expired, ...more] = targetsOf(facts).filter((target) => target.expired && !isOutOfForce(facts, target.name));
  if (expired === undefined) return undefined;
  const { name, expiresAt = '' } = expired;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  const message = `Environment "${name}" expired at ${expiresAt}${others}; set a later expiresAt to ${remedy(facts, expired)}`;
  return { severity: 'stalled', reason: Reason.Expired, message };
}

/** What a later date brings about. */
function remedy(facts: DeclaredFacts, target: TargetEnvironment): string {
  const entry = entriesOf(facts).find(({ name }) => name === target.name);
  if (entry === undefined) return 'have one issued';
  const environment = environmentFacts(facts, entry, target, false);
  // One that is about to be withdrawn is sealed then.
  const isKept =
    entry.state === 'Active'
      ? environment.recoveryWindowMs > 0 && currentVersion(entry) !== undefined
      : isRestorable(environment, entry);
  return isKept && entry.rotationOwed !== true ? 'restore it' : 'have a new one issued';
}
