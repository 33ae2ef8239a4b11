import { Reason } from '../../api/conditions.ts';

const MAX_LISTED = 8;

/** Why a check failed. Both parts go into the condition unchanged. */
export interface Violation<R extends string = string> {
  readonly reason: R;
  readonly message: string;
}

/**
 * One named question about gathered facts. Pure and total: no I/O, no clock of its own, never throws.
 * Returns undefined when the facts satisfy it.
 */
export type Check<F, R extends string = string> = (facts: F) => Violation<R> | undefined;

/** Returns the first violation in chain order, or undefined when every check passes. */
export function firstViolation<F, R extends string>(chain: readonly Check<F, R>[], facts: F): Violation<R> | undefined {
  for (const check of chain) {
    const violation = check(facts);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

/** At most eight names, for a message. */
export function listed(names: readonly string[] = []): string {
  const more = names.length > MAX_LISTED ? ', …' : '';
  return names.length === 0 ? 'none' : names.slice(0, MAX_LISTED).join(', ') + more;
}

export function policyViolation(message: string): Violation<Reason> {
  return { reason: Reason.PolicyViolation, message };
}
