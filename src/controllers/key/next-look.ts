import { READY } from '../../api/conditions.ts';
import { conditionOf } from '../../kube/objects/conditions.ts';
import { lossBackoffEndsAt } from '../planning/mint-checks.ts';
import { claimGraceEndsAt } from './claim-grace.ts';
import { currentVersion } from '../planning/environment-facts.ts';
import { entriesOf } from '../planning/key-facts.ts';
import { PATIENCE_MS } from '../planning/retirement.ts';
import { spreadMs } from '../planning/spread.ts';
import type { EnvironmentEntry, VersionEntry } from '../../sealing/ledger.ts';
import { targetsOf } from './facts.ts';
import { rotationOf } from './lifecycle.ts';
import { NEAR_MS } from './status/day-summary.ts';
import { warningStartsAt } from './status/expiry-warning.ts';
import { graceEndsAt } from './status/readiness.ts';
import type { KeyObjectFacts } from '../planning/key-rules.ts';

/** A stalled key is looked at again this often: what helps may lie outside what is watched, such as a foreign Secret that goes away. */
const STALLED_LOOK_MS = 300_000;
/** Keys that one edit expires or lets rotate are due in the same second, and come within one more. */
const MAX_SPREAD_MS = 1_000;

/**
 * Milliseconds from `facts.now` until time alone changes what is to be done, and a little more: keys that are due
 * together are spread. Undefined when only a change of some object can change anything.
 */
export function nextLookMs(facts: KeyObjectFacts): number | undefined {
  const { now, identity } = facts;
  const waits = [...storedMoments(facts), ...declaredMoments(facts)]
    .map((moment) => moment - now.getTime())
    .filter((waitMs) => waitMs > 0)
    .map((waitMs) => waitMs + spreadMs(identity, waitMs, MAX_SPREAD_MS));
  if (isStalled(facts)) waits.push(STALLED_LOOK_MS);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Ends of overlaps, recovery windows and back-offs. */
function storedMoments(facts: KeyObjectFacts): readonly number[] {
  return entriesOf(facts).flatMap((entry) => {
    const backoffEnd = lossBackoffEndsAt(entry, facts.now);
    return [
      ...times(entry.destroyAt),
      ...entry.versions.flatMap((version) => [
        ...retirementMoments(entry, version),
        ...times(version.signingSecret?.destroyAt),
      ]),
      ...(backoffEnd === undefined ? [] : [backoffEnd]),
    ];
  });
}

/** The end of an overlap, and when a namespace that cannot be written to delays it no longer. */
function retirementMoments(entry: EnvironmentEntry, { state, retireAt }: VersionEntry): readonly number[] {
  if (state !== 'Retiring') return [];
  const since = times(retireAt ?? currentVersion(entry)?.createdAt);
  return [...times(retireAt), ...since.map((moment) => moment + PATIENCE_MS)];
}

/** Expiries and when they come near, and the ends of graces: for what has yet to appear, and for a project's claim. */
function declaredMoments(facts: KeyObjectFacts): readonly number[] {
  const { object } = facts;
  if (object === undefined) return [];
  const declared = { ...facts, object };
  const grace = conditionOf(object.status, READY)?.status === 'True' ? undefined : graceEndsAt(declared)?.toISOString();
  const claimed = claimGraceEndsAt(facts);
  const rotationAt = rotationOf(declared).nextAt;
  return [
    ...targetsOf(declared).flatMap(({ expiresAt }) =>
      times(expiresAt).flatMap((end) => [warningStartsAt(declared, end), end - NEAR_MS, end]),
    ),
    ...times(grace),
    ...(rotationAt === undefined ? [] : [rotationAt - NEAR_MS, rotationAt]),
    ...(claimed === undefined ? [] : [claimed]),
  ];
}

/** Something is wrong that an edit, or a right or a Secret elsewhere, mends. */
function isStalled(facts: KeyObjectFacts): boolean {
  const { record } = facts;
  const owes =
    record.kind === 'Valid' &&
    record.ledger.environments.some(({ places }) => places.some(({ state }) => state === 'Owed'));
  return conditionOf(facts.object?.status, READY)?.status === 'False' || owes;
}

function times(time: string | undefined): readonly number[] {
  return time === undefined ? [] : [Date.parse(time)];
}
