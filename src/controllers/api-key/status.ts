import { isDeepStrictEqual } from 'node:util';

import type {
  ApiKeyStatus,
  ApiKeyStatusEnvironment,
  ApiKeyStatusEnvironmentNamespace,
  ApiKeyStatusEnvironmentVersion,
} from '../../api/generated/api-key.ts';
import { RECONCILING, STALLED } from '../../api/conditions.ts';
import { mergeConditions } from '../../kube/conditions.ts';
import type { EnvironmentEntry, Ledger, VersionEntry } from '../../sealing/ledger.ts';
import { compact, type Draft } from '../shared/draft.ts';
import { currentVersion, timestamp } from '../shared/environment-facts.ts';
import { isRolledBack } from '../shared/key-facts.ts';
import type { TargetEnvironment } from '../shared/targets.ts';
import { acceptanceViolation } from './acceptance-checks.ts';
import { entriesOf, mayWriteRecord, targetsOf, type DeclaredFacts } from './facts.ts';
import { namespaceRows, type NamespaceRow } from './namespace-rows.ts';
import { conditionPatches } from './readiness.ts';
import { isScopeAllowed } from './spec.ts';

/** Rows of namespaces in one status; counts tell of the rest. */
const MAX_NAMESPACE_ROWS = 64;
const MAX_ENVIRONMENTS = 32;
const MAX_VERSIONS = 24;
const MAX_MESSAGE = 128;

/**
 * The status an ApiKey should have: the ledger's projection beside what was seen of its Secrets. Pure; the
 * same facts give the same status, so that an identical one is not written.
 *
 * While the ledger cannot be believed, what was published stays and is only restricted.
 */
export function projectStatus(facts: DeclaredFacts): ApiKeyStatus {
  const before = facts.object.status ?? {};
  const rows = namespaceRows(facts);
  const { record } = facts;
  const isBelieved = facts.installation === 'Ready' && record.kind !== 'Invalid' && !isRolledBack(facts);
  const isOurs = record.kind === 'Valid' && mayWriteRecord(facts);
  const body = isBelieved ? projection(facts, isOurs ? record.ledger : undefined, rows) : restricted(facts, before);
  return compact<ApiKeyStatus>({
    ...body,
    observedGeneration: facts.object.metadata.generation,
    conditions: mergeConditions(before.conditions ?? [], conditionPatches(facts, rows), {
      now: facts.now,
      onlyWhileTrue: [RECONCILING, STALLED],
    }),
  });
}

/** Do verifiers already know what they have to know before Secrets change? */
export function isPublished(before: ApiKeyStatus | undefined, wanted: ApiKeyStatus): boolean {
  return isDeepStrictEqual(verifierView(before ?? {}), verifierView(wanted));
}

/** Says the status on the server just this? An identical one is not written. */
export function isReported(before: ApiKeyStatus | undefined, wanted: ApiKeyStatus): boolean {
  return before !== undefined && isDeepStrictEqual(before, wanted);
}

function verifierView({ state, scopes, environments }: ApiKeyStatus): unknown {
  return {
    state,
    scopes: scopes ?? [],
    environments: (environments ?? []).map(({ name, state: environmentState, versions }) => ({
      name,
      state: environmentState,
      versions: (versions ?? []).map(({ version, state: versionState, hash, expiresAt, retireAt }) => ({
        version,
        state: versionState,
        hash,
        expiresAt,
        retireAt,
      })),
    })),
  };
}

function projection(
  facts: DeclaredFacts,
  ledger: Ledger | undefined,
  rows: readonly NamespaceRow[],
): Draft<ApiKeyStatus> {
  const targets = targetsOf(facts);
  const entries = ledger === undefined ? [] : entriesOf(facts);
  const environments = environmentNames(targets, entries).map((name) =>
    projectEnvironment(
      facts,
      name,
      entries.find((entry) => entry.name === name),
      targets.find((target) => target.name === name),
      rows.filter((row) => row.environment === name),
    ),
  );
  const current = entries.filter(({ state }) => state === 'Active').flatMap((entry) => currentVersion(entry) ?? []);
  const newest = current
    .map(({ createdAt }) => createdAt)
    .toSorted()
    .at(-1);
  const counted = rows.filter(({ outcome }) => outcome !== 'suspended');
  const ready = counted.filter(({ outcome }) => outcome === 'delivered').length;
  const expires = targets
    .flatMap(({ expiresAt }) => expiresAt ?? [])
    .toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
  return {
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
    ledger: ledger === undefined ? undefined : facts.signLedger(ledger.sequence),
    summary: {
      environments: `${environments.filter(({ success }) => success).length}/${targets.length}`,
      keyId: keyIdSummary(current),
      expires: expires?.slice(0, 10),
    },
    environments: limitRows(environments),
  };
}

/** What was published, minus what spec takes back. */
function restricted({ object, now }: DeclaredFacts, before: ApiKeyStatus): Draft<ApiKeyStatus> {
  const isExpired = object.spec.expiresAt !== undefined && Date.parse(object.spec.expiresAt) <= now.getTime();
  const state = object.spec.suspended === true ? 'Suspended' : isExpired ? 'Expired' : before.state;
  return { ...before, state, scopes: before.scopes?.filter((scope) => object.spec.scopes?.includes(scope) === true) };
}

function projectEnvironment(
  facts: DeclaredFacts,
  name: string,
  entry: EnvironmentEntry | undefined,
  target: TargetEnvironment | undefined,
  rows: readonly NamespaceRow[],
): Draft<ApiKeyStatusEnvironment> {
  const failure = rows.find(({ outcome }) => outcome === 'failed');
  const counted = rows.filter(({ outcome }) => outcome !== 'suspended');
  const isDelivered = counted.length > 0 && counted.every(({ outcome }) => outcome === 'delivered');
  const before = facts.object.status?.environments?.find((environment) => environment.name === name);
  return {
    name,
    state: environmentState(facts, entry, target),
    success: isDelivered,
    message: failure === undefined ? undefined : clip(`${failure.namespace}: ${failure.message}`),
    versions: entry?.state === 'Active' && target?.expired !== true ? shownVersions(entry, target?.expiresAt) : [],
    namespaces: rows.map((row) =>
      projectRow(
        facts.now,
        row,
        before?.namespaces?.find(({ name: shown }) => shown === row.namespace),
      ),
    ),
  };
}

function shownVersions(
  entry: EnvironmentEntry,
  expiresAt: string | undefined,
): readonly Draft<ApiKeyStatusEnvironmentVersion>[] {
  return entry.versions
    .flatMap((version) => (version.state === 'Retired' ? [] : [projectVersion(version, version.state, expiresAt)]))
    .slice(0, MAX_VERSIONS);
}

function projectVersion(
  version: VersionEntry,
  state: ApiKeyStatusEnvironmentVersion['state'],
  expiresAt: string | undefined,
): Draft<ApiKeyStatusEnvironmentVersion> {
  const { keyId, mask, hash, signingSecret, createdAt, retireAt } = version;
  return {
    version: version.version,
    state,
    keyId,
    maskedToken: mask,
    hash,
    signingSecretId: signingSecret?.destroyAt === undefined ? signingSecret?.id : undefined,
    createdAt,
    expiresAt,
    retireAt,
  };
}

function projectRow(
  now: Date,
  row: NamespaceRow,
  before: ApiKeyStatusEnvironmentNamespace | undefined,
): Draft<ApiKeyStatusEnvironmentNamespace> {
  const success = row.outcome === 'delivered';
  return {
    name: row.namespace,
    success,
    reason: success ? undefined : row.reason,
    message: row.message === '' ? undefined : clip(row.message),
    version: row.version,
    lastTransitionTime: before?.success === success ? before.lastTransitionTime : timestamp(now),
  };
}

function environmentState(
  { object }: DeclaredFacts,
  entry: EnvironmentEntry | undefined,
  target: TargetEnvironment | undefined,
): ApiKeyStatusEnvironment['state'] {
  if (target?.expired === true) return 'Expired';
  if (entry?.state === 'Withdrawn') return 'Withdrawn';
  if (currentVersion(entry) === undefined) return 'Pending';
  if (object.spec.suspended === true) return 'Suspended';
  return entry?.versions.some(({ state }) => state === 'Retiring') === true ? 'Rotating' : 'Active';
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

/** Accepted: what spec asks for. Frozen: what was accepted before, minus what spec or policy no longer allow. */
function acceptedScopes(facts: DeclaredFacts): readonly string[] {
  const { object, project } = facts;
  const asked = object.spec.scopes ?? [];
  if (acceptanceViolation(facts) === undefined) return asked;
  const before = object.status?.scopes ?? [];
  const allowed = project.kind === 'Ours' ? project.project.spec.policy?.scopes : ['*'];
  return asked.filter((scope) => before.includes(scope) && isScopeAllowed(scope, allowed));
}

/** The spec's environments, then withdrawn ones that still wait sealed or owe a Secret. */
function environmentNames(
  targets: readonly TargetEnvironment[],
  entries: readonly EnvironmentEntry[],
): readonly string[] {
  const wanted = targets.map(({ name }) => name);
  const leaving = entries
    .filter(({ name, destroyAt, places }) => !wanted.includes(name) && (destroyAt !== undefined || places.length > 0))
    .map(({ name }) => name);
  return [...wanted, ...leaving].slice(0, MAX_ENVIRONMENTS);
}

function keyIdSummary(current: readonly VersionEntry[]): string | undefined {
  const [first, ...more] = current;
  if (first === undefined) return undefined;
  return more.length === 0 ? first.keyId : `${first.keyId} +${more.length}`;
}

/** Keeps at most 64 rows over all environments, failures first; counts stay in `deployment`. */
function limitRows(environments: readonly Draft<ApiKeyStatusEnvironment>[]): readonly Draft<ApiKeyStatusEnvironment>[] {
  const total = environments.reduce((sum, { namespaces }) => sum + (namespaces?.length ?? 0), 0);
  if (total <= MAX_NAMESPACE_ROWS) return environments;
  const rows = environments.flatMap(({ name, namespaces }) => (namespaces ?? []).map((row) => ({ name, row })));
  const shown = new Set(
    rows
      .toSorted((one, other) => Number(one.row.success) - Number(other.row.success))
      .slice(0, MAX_NAMESPACE_ROWS)
      .map(({ row }) => row),
  );
  return environments.map((environment) => ({
    ...environment,
    namespaces: (environment.namespaces ?? []).filter((row) => shown.has(row)),
  }));
}

function clip(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
