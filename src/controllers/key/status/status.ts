import { isDeepStrictEqual } from 'node:util';

import type { KeyEnvironmentStatus, KeyStatus } from '../../../api/key-object.ts';
import { EXPIRES_SOON, RECONCILING, STALLED } from '../../../api/conditions.ts';
import type { KeywrightError } from '../../../errors.ts';
import { mergeConditions } from '../../../kube/objects/conditions.ts';
import {
  isLiveVersion,
  isSameVersion,
  type EnvironmentEntry,
  type Ledger,
  type VersionEntry,
} from '../../../sealing/ledger.ts';
import { compact, type Draft } from '../../planning/draft.ts';
import { currentVersion, timestamp } from '../../planning/environment-facts.ts';
import { entriesOf, mayWriteRecord, isRolledBack } from '../../planning/key-facts.ts';
import type { JudgedFacts, DeclaredFacts } from '../../planning/key-rules.ts';
import { revokedThrough } from '../../../sealing/revoked-versions.ts';
import { isTakenBack } from '../../planning/revocation.ts';
import type { TargetEnvironment } from '../../planning/targets.ts';
import { targetsOf } from '../facts.ts';
import { isWhollyRevoked, revocationOf, rotationOf } from '../lifecycle.ts';
import { daySummary } from './day-summary.ts';
import { namespaceRows, type NamespaceRow } from './namespace-rows.ts';
import { conditionPatches } from './readiness.ts';
import { earlierExpiry, environmentExpiry, expiryMs } from '../spec.ts';
import { stateSince } from './state-since.ts';
import { projectEnvironments } from './status-environments.ts';
import { verifierView } from './verifier-view.ts';

/**
 * The status a key should have: the ledger's projection beside what was seen of its Secrets. Pure; the
 * same facts give the same status, so that an identical one is not written.
 *
 * While the ledger cannot be believed, what was published, and is not somebody's edit, stays and is only restricted.
 *
 * @param failure Why the pass that gathered the facts failed; Ready tells of it.
 */
export function projectStatus(facts: JudgedFacts, failure?: KeywrightError): KeyStatus {
  const before = facts.object.status ?? {};
  const rows = namespaceRows(facts);
  const { record } = facts;
  const isBelieved = facts.installation === 'Ready' && record.kind !== 'Invalid' && !isRolledBack(facts);
  const isOurs = record.kind === 'Valid' && mayWriteRecord(facts);
  const body = isBelieved ? projection(facts, isOurs ? record.ledger : undefined, rows) : restricted(facts);
  return compact<KeyStatus>({
    ...body,
    observedGeneration: facts.object.metadata.generation,
    conditions: mergeConditions(before.conditions ?? [], conditionPatches(facts, rows, failure), {
      now: facts.now,
      onlyWhileTrue: [RECONCILING, STALLED, EXPIRES_SOON],
    }),
  });
}

/** Says the status on the server just this? An identical one is not written. */
export function isReported(before: KeyStatus | undefined, wanted: KeyStatus): boolean {
  return before !== undefined && isDeepStrictEqual(before, wanted);
}

function projection(facts: JudgedFacts, ledger: Ledger | undefined, rows: readonly NamespaceRow[]): Draft<KeyStatus> {
  const targets = targetsOf(facts);
  const entries = ledger === undefined ? [] : entriesOf(facts);
  const environments = projectEnvironments(facts, targets, entries, rows);
  const current = inOrderOf(targets, entries)
    .filter(({ state }) => state === 'Active')
    .flatMap((entry) => currentVersion(entry) ?? []);
  const counted = rows.filter(({ outcome }) => outcome !== 'suspended');
  const ready = counted.filter(({ outcome }) => outcome === 'delivered').length;
  const expires = targets.flatMap(({ expiresAt }) => expiresAt ?? []).toSorted((a, b) => expiryMs(a) - expiryMs(b))[0];
  const nextRotation = nextRotationAt(facts);
  const body: Draft<KeyStatus> = {
    state: keyState(facts, entries, targets),
    version: newestVersion(current, ledger),
    ...facts.rules.status.accepted(facts),
    sealing: ledger === undefined ? undefined : sealing(facts),
    createdAt: ledger?.createdAt,
    rotatedAt: rotatedAt(entries),
    nextRotationAt: nextRotation,
    revokedAt: revocationOf(facts)?.since,
    expiresAt: expires,
    deployment: {
      success: counted.length > 0 && ready === counted.length,
      message: `${ready} of ${counted.length} namespaces carry the current version`,
      ready,
      total: counted.length,
    },
    summary: {
      environments: `${environments.filter(({ success }) => success).length}/${targets.length}`,
      keyId: keyIdSummary(current),
      ...facts.rules.status.summary(current),
      expires: expires === undefined ? undefined : daySummary(expires, facts.now),
      nextRotation: nextRotation === undefined ? undefined : daySummary(nextRotation, facts.now),
    },
    environments,
  };
  return ledger === undefined
    ? body
    : { ...body, ledger: facts.signLedger(ledger.sequence, verifierView(compact<KeyStatus>(body), facts.rules)) };
}

/** As the record says of itself: a KEK that wraps since has not protected it before the record is wrapped anew. */
function sealing({ record, rules }: JudgedFacts): KeyStatus['sealing'] {
  return record.kind === 'Valid' && rules.status.showsSealing ? record.sealedBy : undefined;
}

/**
 * What was published, minus what spec, time or a deletion take back. Only a status that may be believed is carried
 * on: whoever may edit status must not be able to publish a hash of their own.
 */
function restricted(facts: DeclaredFacts): Draft<KeyStatus> {
  const believed = facts.believedStatus ?? {};
  const body = compact<KeyStatus>({
    ...believed,
    state: restrictedState(facts, believed),
    ...facts.rules.status.restricted(facts, believed),
    environments: believed.environments?.map((environment) => restrictedEnvironment(facts, environment)),
  });
  const { ledger } = believed;
  // Without MAC keys the old MAC stays, which holds for as long as nothing was restricted.
  return ledger === undefined
    ? body
    : { ...body, ledger: facts.signLedger(ledger.sequence, verifierView(body, facts.rules)) ?? ledger };
}

function restrictedState(facts: DeclaredFacts, believed: KeyStatus): KeyStatus['state'] {
  const { object, now } = facts;
  const { spec, metadata } = object;
  const isRevoked = believed.state === 'Revoked' || isWhollyRevoked(facts);
  if (isRevoked) return 'Revoked';
  if (spec.suspended === true || metadata.deletionTimestamp !== undefined) return 'Suspended';
  const isExpired = spec.expiresAt !== undefined && expiryMs(spec.expiresAt) <= now.getTime();
  return isExpired ? 'Expired' : (believed.state ?? 'Pending');
}

function restrictedEnvironment(facts: DeclaredFacts, environment: KeyEnvironmentStatus): Draft<KeyEnvironmentStatus> {
  const { object, now } = facts;
  const { name, versions } = environment;
  // Nothing takes away more.
  if (environment.state === 'Revoked') return environment;
  const expiresAt = environmentExpiry(object.spec, name);
  const takenBack = (state: 'Withdrawn' | 'Expired'): Draft<KeyEnvironmentStatus> => {
    const target = targetsOf(facts).find((known) => known.name === name);
    const since = stateSince(facts, { state, entry: undefined, target, before: environment });
    return { ...environment, state, stateSince: since, versions: [] };
  };
  if (!object.spec.environments.some((declared) => declared.name === name)) return takenBack('Withdrawn');
  if (expiresAt !== undefined && expiryMs(expiresAt) <= now.getTime()) return takenBack('Expired');
  const through = revokedThrough(revocationOf(facts));
  const ended = endedVersions(facts, name);
  return {
    ...environment,
    versions: versions
      ?.filter((version) => version.state === 'Revoked' || !ended.some((one) => isSameVersion(one, version)))
      .map((version) => ({
        ...version,
        expiresAt: earlierExpiry(version.expiresAt, expiresAt),
        ...(version.version <= through &&
          version.state !== 'Revoked' && { state: 'Revoked', stateSince: timestamp(now) }),
      })),
  };
}

/** Of versions that are out of force for good, whatever else of the ledger can be believed: no status brings them back. */
function endedVersions(facts: DeclaredFacts, environment: string): readonly VersionEntry[] {
  const entry = entriesOf(facts).find(({ name }) => name === environment);
  return entry?.versions.filter((version) => !isLiveVersion(version)) ?? [];
}

/** As the spec names them: a ledger that was settled has an order of its own. */
function inOrderOf(
  targets: readonly TargetEnvironment[],
  entries: readonly EnvironmentEntry[],
): readonly EnvironmentEntry[] {
  const rank = ({ name }: EnvironmentEntry): number => {
    const index = targets.findIndex((target) => target.name === name);
    return index === -1 ? targets.length : index;
  };
  return entries.toSorted((one, other) => rank(one) - rank(other));
}

/** The newest of those in force; where none is, the last that was issued; undefined before the first. */
function newestVersion(current: readonly VersionEntry[], ledger: Ledger | undefined): number | undefined {
  if (current.length > 0) return Math.max(...current.map(({ version }) => version));
  return ledger === undefined || ledger.lastVersion === 0 ? undefined : ledger.lastVersion;
}

/** When an environment was last given another version, be that one in force or not. Its first one is no rotation. */
function rotatedAt(entries: readonly EnvironmentEntry[]): string | undefined {
  return entries
    .flatMap(({ versions }) =>
      versions.filter(({ cause }, index) => cause !== 'FirstIssue' || index < versions.length - 1),
    )
    .map(({ createdAt }) => createdAt)
    .toSorted()
    .at(-1);
}

/** RFC 3339; undefined while none is foreseen, or while it is about to happen. */
function nextRotationAt(facts: JudgedFacts): string | undefined {
  const nextAt = facts.violation === undefined ? rotationOf(facts).nextAt : undefined;
  return nextAt === undefined || nextAt <= facts.now.getTime() ? undefined : timestamp(new Date(nextAt));
}

/** Of several states the one that is hardest to undo: Revoked, Suspended, Expired. */
function keyState(
  facts: DeclaredFacts,
  entries: readonly EnvironmentEntry[],
  targets: readonly TargetEnvironment[],
): KeyStatus['state'] {
  const { object } = facts;
  const through = revokedThrough(revocationOf(facts));
  const isRevoked = isWhollyRevoked(facts) || entries.some((entry) => isTakenBack(entry, through));
  const remaining = entries.filter(({ versions }) =>
    versions.some((version) => isLiveVersion(version) && version.version > through),
  );
  if (isRevoked && remaining.length === 0) return 'Revoked';
  // A key on its way out is refused like a suspended one; its versions are gone from status as well.
  if (object.spec.suspended === true || object.metadata.deletionTimestamp !== undefined) return 'Suspended';
  if (targets.length > 0 && targets.every(({ expired }) => expired)) return 'Expired';
  const active = remaining.filter(({ state }) => state === 'Active');
  if (active.length === 0) return isRevoked ? 'Revoked' : 'Pending';
  return active.some(({ versions }) => versions.some(({ state }) => state === 'Retiring')) ? 'Rotating' : 'Active';
}

function keyIdSummary(current: readonly VersionEntry[]): string | undefined {
  const [first, ...more] = current;
  if (first === undefined) return undefined;
  return more.length === 0 ? first.keyId : `${first.keyId} +${more.length}`;
}
