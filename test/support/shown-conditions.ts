import { namespaceRows } from '../../src/controllers/key/status/namespace-rows.ts';
import { conditionPatches } from '../../src/controllers/key/status/readiness.ts';
import type { JudgedFacts } from '../../src/controllers/planning/key-rules.ts';
import type { KeywrightError } from '../../src/errors.ts';

export type ShownCondition = readonly [status: string, reason: string, message?: string];

/** What status says of a key, by type of condition. @param failure Why the pass failed. */
export function shownConditions(
  facts: JudgedFacts,
  failure?: KeywrightError,
): Readonly<Record<string, ShownCondition>> {
  return Object.fromEntries(
    conditionPatches(facts, namespaceRows(facts), failure).map(({ type, status, reason, message }) => [
      type,
      [status, reason, message],
    ]),
  );
}
