import { READY } from '../../api/conditions.ts';
import { conditionOf } from '../../kube/objects/conditions.ts';
import { lossBackoffEndsAt } from '../planning/mint-checks.ts';
import { claimGraceEndsAt } from './claim-grace.ts';
import { currentVersion } from '../planning/environment-facts.ts';
import { entriesOf } from '../planning/key-facts.ts';
import { PATIENCE_MS } from '../planning/retirement.ts';
import type { EnvironmentEntry, VersionEntry } from '../../sealing/ledger.ts';
import { targetsOf } from './facts.ts';
import { rotationOf } from './lifecycle.ts';
import { NEAR_MS } from './status/day-summary.ts';
import { warningStartsAt } from './status/expiry-warning.ts';
import { graceEndsAt } from './status/readiness.ts';
import type { KeyObjectFacts } from '../planning/key-rules.ts';

/** A stalled key is looked at again this often: what helps may lie outside what is watched, such as a foreign Secret that goes away. */
const STALLED_LOOK_MS = 300_000;

/** Milliseconds until time alone changes what is to be done; undefined when only a change of some object can. */
export function nextLookMs(facts: KeyObjectFacts): number | undefined {
  const { now } = facts;
  const moments = [...storedMoments(facts), ...declaredMoments(facts)].filter((moment) => moment > now.getTime());
  if (isStalled(facts)) moments.push(now.getTime() + STALLED_LOOK_MS);
  return moments.length === 0 ? undefined : Math.min(...moments) - now.getTime();
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
