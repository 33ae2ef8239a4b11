import type { EnvironmentEntry, MintCause, VersionEntry } from '../../sealing/ledger.ts';
import type { MaterialRef } from '../../sealing/sealed-material.ts';
import { isImportedToken } from '../../sealing/token-hash.ts';
import {
  carriesSigningSecret,
  carriesMaterial,
  currentVersion,
  isPast,
  type EnvironmentFacts,
} from './environment-facts.ts';
import { isImportedFrom } from './import-facts.ts';
import { isRevokedOut } from './revocation.ts';
import type { Observation } from './secret-view.ts';
import type { TargetEnvironment } from './targets.ts';

/** Facts of an environment that the key's spec names and that has not expired. */
export interface MintFacts extends EnvironmentFacts {
  readonly target: TargetEnvironment;
}

type Question = (facts: MintFacts) => boolean;

const keyMayNotMint: Question = ({ mayMint }) => !mayMint;

const environmentIsSuspended: Question = ({ target }) => target.suspended;

const noNamespaceIsLive: Question = ({ target }) => target.namespaces.every(({ state }) => state !== 'Live');

const lossCameTooSoon: Question = ({ entry, now }) => {
  const endsAt = lossBackoffEndsAt(entry, now);
  return endsAt !== undefined && endsAt > now.getTime() && currentVersion(entry) !== undefined;
};

/** What is imported is never minted instead: without a source that was found good there is nothing to issue. */
const sourceIsNotGood: Question = ({ imported }) => imported !== undefined && imported.kind !== 'Read';

/** Nothing is minted while one of these holds. Guards come before causes. */
export const mintGuards: readonly Question[] = [
  keyMayNotMint,
  environmentIsSuspended,
  noNamespaceIsLive,
  lossCameTooSoon,
  sourceIsNotGood,
];

/** What was revoked is replaced by order only. */
const neverMinted: Question = ({ entry, revokedThrough }) =>
  currentVersion(entry) === undefined && (entry === undefined || !isRevokedOut(entry, revokedThrough));

/** An imported token is read again from its source, or waits for it: whoever else knows it could not use another. */
const materialIsLost: Question = (facts) => {
  const version = currentVersion(facts.entry);
  if (facts.entry === undefined || version === undefined || hasImportedToken(facts, version)) return false;
  return isLost(facts, facts.entry, version);
};

/** Ordered for the whole key. What is imported changes with its source. */
const rotationIsOrdered: Question = ({ rotation, imported }) => imported === undefined && rotation === 'Triggered';

/** The key rotated, or a shared one was made anew, while this environment could not follow. */
const rotationIsOwed: Question = ({ entry, imported }) =>
  imported === undefined && entry?.rotationOwed === true && !isOverlapping(entry);

/** Of the key as a whole: an environment whose versions were all revoked waits for an order. */
const intervalHasPassed: Question = ({ entry, rotation, imported }) =>
  imported === undefined && rotation === 'IntervalPassed' && currentVersion(entry) !== undefined;

const importHasChanged: Question = ({ entry, imported }) =>
  imported?.kind === 'Read' && !isImportedFrom(currentVersion(entry), imported);

/** It waits for the end of an overlap as an order does; a changed source does not, as it may put a slip right. */
const algorithmHasChanged: Question = ({ entry, algorithmDiffers, overlapMs }) => {
  const version = currentVersion(entry);
  if (entry === undefined || version === undefined || !algorithmDiffers(version)) return false;
  return overlapMs === 0 || !isOverlapping(entry);
};

interface Cause {
  readonly cause: MintCause;
  readonly holds: Question;
}

/** Why a version has to be minted; the first one that holds is the cause. What was never minted cannot be lost. */
export const mintCauses: readonly Cause[] = [
  { cause: 'FirstIssue', holds: neverMinted },
  { cause: 'Triggered', holds: rotationIsOrdered },
  { cause: 'IntervalPassed', holds: intervalHasPassed },
  { cause: 'ImportChanged', holds: importHasChanged },
  { cause: 'AlgorithmChanged', holds: algorithmHasChanged },
  { cause: 'Triggered', holds: rotationIsOwed },
  { cause: 'MaterialLost', holds: materialIsLost },
];

/**
 * Lost: not sealed, and a live read of every place answered 404 or other bytes. A place that could not be
 * read, was read from the cache only, or lies in a terminating namespace counts as present.
 */
export function isLost(facts: EnvironmentFacts, entry: EnvironmentEntry, version: VersionEntry): boolean {
  const ref: MaterialRef = { environment: entry.name, version: version.version, field: facts.materialField };
  return !facts.isSealed(ref) && isNowhere(facts, entry, (seen) => carriesMaterial(seen, version));
}

function hasImportedToken({ materialField }: Pick<EnvironmentFacts, 'materialField'>, { hash }: VersionEntry): boolean {
  return materialField === 'token' && isImportedToken(hash);
}

/** An imported token that is in no Secret and not sealed any more. */
export function isImportLost(facts: EnvironmentFacts, entry: EnvironmentEntry, version: VersionEntry): boolean {
  return hasImportedToken(facts, version) && isLost(facts, entry, version);
}

/** Lost in the same sense as a token. Signing secrets stay sealed, so only a record that was rebuilt can lack one. */
export function isSigningSecretLost(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  { version, signingSecret }: VersionEntry,
): boolean {
  if (signingSecret === undefined) return false;
  const ref: MaterialRef = { environment: entry.name, version, field: 'signingSecret' };
  return !facts.isSealed(ref) && isNowhere(facts, entry, (seen) => carriesSigningSecret(seen, signingSecret));
}

function isNowhere(facts: EnvironmentFacts, entry: EnvironmentEntry, carries: (seen: Observation) => boolean): boolean {
  const terminating = new Set(
    facts.target?.namespaces.flatMap(({ name, state }) => (state === 'Terminating' ? [name] : [])),
  );
  return entry.places.every((place) => {
    const seen = facts.observe(place);
    if (seen === undefined || terminating.has(place.namespace)) return false;
    if (seen.kind === 'NamespaceMissing') return true;
    if (seen.kind === 'Absent') return seen.live;
    return seen.kind === 'Present' && seen.live && !carries(seen);
  });
}

function isOverlapping({ versions }: EnvironmentEntry): boolean {
  return versions.some(({ state }) => state === 'Retiring');
}

const FIRST_BACKOFF_MS = 60_000;
const MAX_BACKOFF_MS = 3_600_000;

/**
 * When the next lost version may be minted: 1 min after the first loss, doubling to 1 h while losses follow
 * each other within 2 h. Undefined when nothing was lost lately.
 *
 * A loss in the future was noticed while the clock was ahead. It does not count: the back-off would last for as long
 * as the clock had jumped.
 */
export function lossBackoffEndsAt(entry: EnvironmentEntry | undefined, now: Date): number | undefined {
  const losses = (entry?.versions ?? [])
    .filter(({ cause }) => cause === 'MaterialLost')
    .map(({ createdAt }) => Date.parse(createdAt))
    .filter((lostAt) => lostAt <= now.getTime());
  const newest = losses[0];
  if (newest === undefined) return undefined;
  let streak = 1;
  while (streak < losses.length && (losses[streak - 1] ?? 0) - (losses[streak] ?? 0) < 2 * MAX_BACKOFF_MS) streak += 1;
  return newest + Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (streak - 1));
}

/** May withdrawn material still come back? */
export function isRestorable(facts: EnvironmentFacts, entry: EnvironmentEntry): boolean {
  const version = currentVersion(entry);
  if (version === undefined || entry.destroyAt === undefined || isPast(entry.destroyAt, facts.now)) return false;
  return (
    facts.isSealed({ environment: entry.name, version: version.version, field: facts.materialField }) ||
    entry.places.some((place) => carriesMaterial(facts.observe(place), version))
  );
}
