import { EXPIRES_SOON, Reason } from '../../../api/conditions.ts';
import type { DeclaredFacts } from '../../planning/key-rules.ts';
import type { SubCondition } from '../../planning/verdict.ts';
import { targetsOf } from '../facts.ts';
import { expiryMs } from '../spec.ts';

/** People get this much notice at most. */
const LONGEST_NOTICE_MS = 7 * 24 * 3_600_000;
/** And this part of the time that there is altogether: what lives for a day only is not always about to end. */
const NOTICE_SHARE = 1 / 5;

/** From when on an expiry is warned of, in milliseconds since 1970. @param end When it is. */
export function warningStartsAt({ record, object, now }: DeclaredFacts, end: number): number {
  const created = record.kind === 'Valid' ? record.ledger.createdAt : object.metadata.creationTimestamp;
  const validity = end - (created === undefined ? now.getTime() : Date.parse(created));
  return end - Math.max(0, Math.min(LONGEST_NOTICE_MS, validity * NOTICE_SHARE));
}

/** The condition that warns of the next expiry; undefined while none is near. What has expired says so in Ready. */
export function expiryWarning(facts: DeclaredFacts): SubCondition | undefined {
  const now = facts.now.getTime();
  const near = targetsOf(facts)
    .filter(({ expired }) => !expired)
    .flatMap(({ name, expiresAt }) => (expiresAt === undefined ? [] : [{ name, expiresAt, end: expiryMs(expiresAt) }]))
    .filter(({ end }) => warningStartsAt(facts, end) <= now)
    .toSorted((one, other) => one.end - other.end);
  const [first, ...more] = near;
  if (first === undefined || facts.object.metadata.deletionTimestamp !== undefined) return undefined;
  const others = more.length === 0 ? '' : ` (and ${more.length} more soon)`;
  const message = `Environment "${first.name}" expires at ${first.expiresAt}${others}: verifiers refuse it then and its Secrets go; set a later expiresAt to keep it`;
  return { type: EXPIRES_SOON, status: 'True', reason: Reason.ExpiresSoon, message };
}
