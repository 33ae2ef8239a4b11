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
