import type { KeyEnvironmentStatus, KeyNamespaceStatus, KeyVersionStatus } from '../../../api/key-object.ts';
import type { EnvironmentEntry, VersionEntry } from '../../../sealing/ledger.ts';
import type { Draft } from '../../planning/draft.ts';
import { currentVersion, timestamp } from '../../planning/environment-facts.ts';
import type { TargetEnvironment } from '../../planning/targets.ts';
import type { KeyRules, DeclaredFacts } from '../../planning/key-rules.ts';
import { isTakenBack } from '../../planning/revocation.ts';
import { revokedThrough } from '../../../sealing/revoked-versions.ts';
import { openRefusals, revocationOf } from '../lifecycle.ts';
import type { NamespaceRow } from './namespace-rows.ts';
import { stateSince } from './state-since.ts';

/** Rows of namespaces in one status; counts tell of the rest. */
const MAX_NAMESPACE_ROWS = 64;
const MAX_ENVIRONMENTS = 32;
const MAX_VERSIONS = 24;
const MAX_MESSAGE = 128;

/** `status.environments`: those of the spec, then withdrawn ones that still wait sealed or owe a Secret. */
export function projectEnvironments(
  facts: DeclaredFacts,
  targets: readonly TargetEnvironment[],
  entries: readonly EnvironmentEntry[],
  rows: readonly NamespaceRow[],
): readonly Draft<KeyEnvironmentStatus>[] {
  const shown = shownRows(rows);
  return environmentNames(targets, entries).map((name) =>
    projectEnvironment(
      facts,
      {
        name,
        entry: entries.find((entry) => entry.name === name),
        target: targets.find((target) => target.name === name),
        rows: rows.filter((row) => row.environment === name),
      },
      shown,
    ),
  );
}

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

/** What there is of one environment: in the ledger, in spec and project, and in its namespaces. */
interface KnownEnvironment {
  readonly name: string;
  readonly entry: EnvironmentEntry | undefined;
  readonly target: TargetEnvironment | undefined;
  readonly rows: readonly NamespaceRow[];
}

function projectEnvironment(
  facts: DeclaredFacts,
  { name, entry, target, rows }: KnownEnvironment,
  shown: ReadonlySet<NamespaceRow>,
): Draft<KeyEnvironmentStatus> {
  const counted = rows.filter(({ outcome }) => outcome !== 'suspended');
  const isDelivered = counted.length > 0 && counted.every(({ outcome }) => outcome === 'delivered');
  const before = facts.object.status?.environments?.find((environment) => environment.name === name);
  const state = environmentState(facts, entry, target);
  return {
    name,
    state,
    stateSince: stateSince(facts, { state, entry, target, before }),
    destroyAt: entry?.destroyAt,
    success: isDelivered,
    message: environmentMessage(facts, name, rows),
    versions: isShown(facts, entry, target, state) ? shownVersions(facts, entry, target?.expiresAt) : [],
    namespaces: rows
      .filter((row) => shown.has(row))
      .map((row) =>
        projectRow(
          facts.now,
          row,
          before?.namespaces?.find((known) => known.name === row.namespace),
        ),
      ),
  };
}

/** What holds the environment up: its source, or else the first namespace that fails. */
function environmentMessage(facts: DeclaredFacts, name: string, rows: readonly NamespaceRow[]): string | undefined {
  const refusal = openRefusals(facts).find(({ environment }) => environment === name);
  if (refusal !== undefined) return clip(refusal.message);
  const failure = rows.find(({ outcome }) => outcome === 'failed');
  return failure === undefined ? undefined : clip(`${failure.namespace}: ${failure.message}`);
}

/** Does the ledger hold the environment, and has nobody taken it back? What was taken back is refused before the ledger says so. */
function isInForce(
  { object }: DeclaredFacts,
  entry: EnvironmentEntry | undefined,
  target: TargetEnvironment | undefined,
): entry is EnvironmentEntry {
  const isDeleting = object.metadata.deletionTimestamp !== undefined;
  return entry?.state === 'Active' && target?.expired === false && !isDeleting;
}

/** Of what is not in force verifiers know what was revoked: it is refused for good. */
function isShown(
  facts: DeclaredFacts,
  entry: EnvironmentEntry | undefined,
  target: TargetEnvironment | undefined,
  state: KeyEnvironmentStatus['state'],
): entry is EnvironmentEntry {
  return isInForce(facts, entry, target) || (entry !== undefined && state === 'Revoked');
}

/** What the spec revokes is shown so before the ledger says it: verifiers come first. */
function shownVersions(
  facts: DeclaredFacts,
  entry: EnvironmentEntry,
  expiresAt: string | undefined,
): readonly Draft<KeyVersionStatus>[] {
  const revocation = revocationOf(facts);
  const through = revokedThrough(revocation);
  return entry.versions
    .flatMap((version) => {
      const { state, stateSince: since } = version;
      if (state === 'Retired') return [];
      const isAheadOfLedger = state !== 'Revoked' && version.version <= through;
      const shown = isAheadOfLedger
        ? ({ state: 'Revoked', since: revocation?.since ?? since } as const)
        : { state, since };
      return [projectVersion(facts.rules, version, shown, expiresAt)];
    })
    .slice(0, MAX_VERSIONS);
}

function projectVersion(
  rules: KeyRules,
  version: VersionEntry,
  { state, since }: { readonly state: KeyVersionStatus['state']; readonly since: string },
  expiresAt: string | undefined,
): Draft<KeyVersionStatus> {
  const { keyId, hash, cause, createdAt, retireAt } = version;
  return {
    ...rules.status.version(version),
    version: version.version,
    state,
    stateSince: since,
    cause,
    keyId,
    hash,
    createdAt,
    expiresAt,
    retireAt: state === 'Revoked' ? undefined : retireAt,
  };
}

function projectRow(now: Date, row: NamespaceRow, before: KeyNamespaceStatus | undefined): Draft<KeyNamespaceStatus> {
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
  facts: DeclaredFacts,
  entry: EnvironmentEntry | undefined,
  target: TargetEnvironment | undefined,
): KeyEnvironmentStatus['state'] {
  if (entry !== undefined && isTakenBack(entry, revokedThrough(revocationOf(facts)))) return 'Revoked';
  if (target?.expired === true) return 'Expired';
  if (entry !== undefined && !isInForce(facts, entry, target)) return 'Withdrawn';
  if (currentVersion(entry) === undefined) return 'Pending';
  if (facts.object.spec.suspended === true) return 'Suspended';
  return entry?.versions.some(({ state }) => state === 'Retiring') === true ? 'Rotating' : 'Active';
}

const URGENCY: Readonly<Record<NamespaceRow['outcome'], number>> = {
  failed: 0,
  working: 1,
  suspended: 2,
  delivered: 3,
};

/** At most 64 over all environments, failures first. */
function shownRows(rows: readonly NamespaceRow[]): ReadonlySet<NamespaceRow> {
  const byUrgency = rows.toSorted((one, other) => URGENCY[one.outcome] - URGENCY[other.outcome]);
  return new Set(byUrgency.slice(0, MAX_NAMESPACE_ROWS));
}

function clip(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
