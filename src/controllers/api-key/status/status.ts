import { isDeepStrictEqual } from 'node:util';

import type { ApiKeyStatus, ApiKeyStatusEnvironment } from '../../../api/generated/api-key.ts';
import { RECONCILING, STALLED } from '../../../api/conditions.ts';
import type { KeywrightError } from '../../../errors.ts';
import { mergeConditions } from '../../../kube/objects/conditions.ts';
import type { EnvironmentEntry, Ledger, VersionEntry } from '../../../sealing/ledger.ts';
import { compact, type Draft } from '../../planning/draft.ts';
import { currentVersion } from '../../planning/environment-facts.ts';
import { isRolledBack } from '../../planning/key-facts.ts';
import type { TargetEnvironment } from '../../planning/targets.ts';
import type { JudgedFacts } from '../acceptance-checks.ts';
import { entriesOf, mayWriteRecord, targetsOf, type DeclaredFacts } from '../facts.ts';
import { expirySummary } from './expiry-summary.ts';
import { namespaceRows, type NamespaceRow } from './namespace-rows.ts';
import { conditionPatches } from './readiness.ts';
import { earlierExpiry, environmentExpiry, expiryMs, isScopeAllowed } from '../spec.ts';
import { projectEnvironments } from './status-environments.ts';
import { verifierView } from './verifier-view.ts';

/**
 * The status an ApiKey should have: the ledger's projection beside what was seen of its Secrets. Pure; the
 * same facts give the same status, so that an identical one is not written.
 *
 * While the ledger cannot be believed, what was published, and is not somebody's edit, stays and is only restricted.
 *
 * @param failure Why the pass that gathered the facts failed; Ready tells of it.
 */
export function projectStatus(facts: JudgedFacts, failure?: KeywrightError): ApiKeyStatus {
  const before = facts.object.status ?? {};
  const rows = namespaceRows(facts);
  const { record } = facts;
  const isBelieved = facts.installation === 'Ready' && record.kind !== 'Invalid' && !isRolledBack(facts);
  const isOurs = record.kind === 'Valid' && mayWriteRecord(facts);
  const body = isBelieved ? projection(facts, isOurs ? record.ledger : undefined, rows) : restricted(facts);
  return compact<ApiKeyStatus>({
    ...body,
    observedGeneration: facts.object.metadata.generation,
    conditions: mergeConditions(before.conditions ?? [], conditionPatches(facts, rows, failure), {
      now: facts.now,
      onlyWhileTrue: [RECONCILING, STALLED],
    }),
  });
}

/** Says the status on the server just this? An identical one is not written. */
export function isReported(before: ApiKeyStatus | undefined, wanted: ApiKeyStatus): boolean {
  return before !== undefined && isDeepStrictEqual(before, wanted);
}

function projection(
  facts: JudgedFacts,
  ledger: Ledger | undefined,
  rows: readonly NamespaceRow[],
): Draft<ApiKeyStatus> {
  const targets = targetsOf(facts);
  const entries = ledger === undefined ? [] : entriesOf(facts);
  const environments = projectEnvironments(facts, targets, entries, rows);
  const current = entries.filter(({ state }) => state === 'Active').flatMap((entry) => currentVersion(entry) ?? []);
  const newest = current
    .map(({ createdAt }) => createdAt)
    .toSorted()
    .at(-1);
  const counted = rows.filter(({ outcome }) => outcome !== 'suspended');
  const ready = counted.filter(({ outcome }) => outcome === 'delivered').length;
  const expires = targets.flatMap(({ expiresAt }) => expiresAt ?? []).toSorted((a, b) => expiryMs(a) - expiryMs(b))[0];
  const body: Draft<ApiKeyStatus> = {
    state: keyState(facts, entries, targets),
    version: current.length === 0 ? undefined : Math.max(...current.map(({ version }) => version)),
    scopes: acceptedScopes(facts),
    createdAt: ledger?.createdAt,
    rotatedAt: current.some(({ cause }) => cause !== 'FirstIssue') ? newest : undefined,
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
      expires: expires === undefined ? undefined : expirySummary(expires, facts.now),
    },
    environments,
  };
  return ledger === undefined
    ? body
    : { ...body, ledger: facts.signLedger(ledger.sequence, verifierView(compact<ApiKeyStatus>(body))) };
}

/**
 * What was published, minus what spec, time or a deletion take back. Only a status that may be believed is carried
 * on: whoever may edit status must not be able to publish a hash of their own.
 */
function restricted(facts: DeclaredFacts): Draft<ApiKeyStatus> {
  const { spec, metadata } = facts.object;
  const believed = facts.believedStatus ?? {};
  const isSuspended = spec.suspended === true || metadata.deletionTimestamp !== undefined;
  const isExpired = spec.expiresAt !== undefined && expiryMs(spec.expiresAt) <= facts.now.getTime();
  const body = compact<ApiKeyStatus>({
    ...believed,
    state: isSuspended ? 'Suspended' : isExpired ? 'Expired' : (believed.state ?? 'Pending'),
    scopes: believed.scopes?.filter((scope) => spec.scopes?.includes(scope) === true),
    environments: believed.environments?.map((environment) => restrictedEnvironment(facts, environment)),
  });
  const { ledger } = believed;
  // Without MAC keys the old MAC stays, which holds for as long as nothing was restricted.
  return ledger === undefined
    ? body
    : { ...body, ledger: facts.signLedger(ledger.sequence, verifierView(body)) ?? ledger };
}

function restrictedEnvironment(
  { object, now }: DeclaredFacts,
  environment: ApiKeyStatusEnvironment,
): Draft<ApiKeyStatusEnvironment> {
  const { name, versions } = environment;
  const expiresAt = environmentExpiry(object.spec, name);
  if (!object.spec.environments.some((declared) => declared.name === name))
    return { ...environment, state: 'Withdrawn', versions: [] };
  if (expiresAt !== undefined && expiryMs(expiresAt) <= now.getTime())
    return { ...environment, state: 'Expired', versions: [] };
  return {
    ...environment,
    versions: versions?.map((version) => ({ ...version, expiresAt: earlierExpiry(version.expiresAt, expiresAt) })),
  };
}

function keyState(
  { object }: DeclaredFacts,
  entries: readonly EnvironmentEntry[],
  targets: readonly TargetEnvironment[],
): ApiKeyStatus['state'] {
  // A key on its way out is refused like a suspended one; its versions are gone from status as well.
  if (object.spec.suspended === true || object.metadata.deletionTimestamp !== undefined) return 'Suspended';
  if (targets.length > 0 && targets.every(({ expired }) => expired)) return 'Expired';
  const active = entries.filter((entry) => entry.state === 'Active' && currentVersion(entry) !== undefined);
  if (active.length === 0) return 'Pending';
  return active.some(({ versions }) => versions.some(({ state }) => state === 'Retiring')) ? 'Rotating' : 'Active';
}

/** Accepted: what spec asks for. Frozen: what we published before, minus what spec or policy no longer allow. */
function acceptedScopes({ object, project, violation, believedStatus }: JudgedFacts): readonly string[] {
  const asked = object.spec.scopes ?? [];
  if (violation === undefined) return asked;
  const before = believedStatus?.scopes ?? [];
  const allowed = project.kind === 'Ours' ? project.project.spec.policy?.scopes : ['*'];
  return asked.filter((scope) => before.includes(scope) && isScopeAllowed(scope, allowed));
}

function keyIdSummary(current: readonly VersionEntry[]): string | undefined {
  const [first, ...more] = current;
  if (first === undefined) return undefined;
  return more.length === 0 ? first.keyId : `${first.keyId} +${more.length}`;
}
