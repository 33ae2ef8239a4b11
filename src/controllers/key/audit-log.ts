import type { Logger } from '../../logger.ts';
import type { Ledger, MintCause, Revocation, VersionState } from '../../sealing/ledger.ts';
import { revokedThrough } from '../../sealing/revoked-versions.ts';
import type { MaterialRef } from '../../sealing/sealed-material.ts';
import { isImport, type MintOrder, type RecordChange } from '../planning/record-change.ts';
import { followedRevocation } from '../planning/revocation.ts';
import {
  environmentsRestored,
  environmentsWithdrawn,
  versionsThatBecame,
  type ChangedVersion,
} from './ledger-changes.ts';
import type { PlaceRef } from '../planning/secret-view.ts';
import { countResults, type SecretWrite } from './delivery-counts.ts';
import { entriesOf } from '../planning/key-facts.ts';
import type { KeyObjectFacts } from '../planning/key-rules.ts';

/** A key has many namespaces, and a line is for people too; the counts tell of the rest. */
const MAX_NAMESPACES = 8;

/**
 * One line for each thing that was done to a key, whoever collects them has an audit trail. Nothing is written for
 * a look that changes nothing. Key ids are public; tokens, hashes and objects never get here.
 *
 * @param after The ledger as it is stored now.
 */
export function logRecordWrite(logger: Logger, facts: KeyObjectFacts, change: RecordChange, after: Ledger): void {
  const { identity } = facts;
  const before = entriesOf(facts);
  const isMinted = (order: MintOrder): boolean => !isImport(order);
  for (const [orders, message] of [
    [change.mints.filter(isMinted), 'Minted a version'],
    [change.mints.filter(isImport), 'Imported a version'],
  ] as const) {
    if (orders.length > 0) logger.info({ ...identity, versions: orders.map((order) => named(order, after)) }, message);
  }
  if (change.signing.length > 0) {
    logger.info(
      { ...identity, versions: change.signing.map((order) => named(order, after)) },
      'Minted a signing secret',
    );
  }
  if (change.settles) {
    logger.info({ ...identity, sequence: after.sequence }, 'Settled a record that was older than what was delivered');
  }
  logRevocation(logger, facts, after);
  for (const [state, message] of VERSION_CHANGES) {
    const versions = versionsThatBecame(state, before, after).map((changed) => withReason(changed, state, after));
    if (versions.length > 0) logger.info({ ...identity, versions }, message);
  }
  for (const { name: environment, destroyAt } of environmentsWithdrawn(before, after)) {
    logger.info({ ...identity, environment, destroyAt, cause: withdrawalCause(facts) }, 'Withdrew an environment');
  }
  for (const { name: environment } of environmentsRestored(before, after)) {
    logger.info({ ...identity, environment }, 'Took an environment up again');
  }
  const destroyed = change.drop.filter((ref) => !isReleased(ref, after));
  if (destroyed.length > 0) logger.info({ ...identity, material: destroyed }, 'Destroyed sealed material');
}

/** Also of one that finds nothing in force any more. */
function logRevocation(logger: Logger, { identity, record }: KeyObjectFacts, after: Ledger): void {
  const before = record.kind === 'Valid' ? record.ledger.revocation : undefined;
  const revocation = followedRevocation(before, after.revocation);
  if (revocation === undefined) return;
  const { reason, throughVersion } = revocation;
  logger.info(
    { ...identity, reason, ...(throughVersion !== undefined && { throughVersion }) },
    'Followed a revocation',
  );
}

/** One line for the Secrets that one pass over a key wrote. */
export function logDelivery(logger: Logger, { identity }: KeyObjectFacts, writes: readonly SecretWrite[]): void {
  if (writes.length === 0) return;
  const wanted = writes.map(({ target }) => target.wanted);
  const versions = new Map(
    wanted.map(({ environment, version, keyId }) => [environment, { environment, version, keyId }]),
  );
  logger.info(
    {
      ...identity,
      ...countResults(writes),
      versions: [...versions.values()],
      namespaces: namespacesOf(wanted.map(({ place }) => place)),
    },
    'Delivered Secrets',
  );
}

/** One line for the Secrets that one pass over a key deleted. */
export function logWithdrawal(logger: Logger, { identity }: KeyObjectFacts, deleted: readonly PlaceRef[]): void {
  if (deleted.length === 0) return;
  logger.info({ ...identity, withdrawn: deleted.length, namespaces: namespacesOf(deleted) }, 'Withdrew Secrets');
}

interface NamedVersion {
  readonly environment: string;
  readonly version: number;
  readonly keyId: string | undefined;
  readonly cause: MintCause;
}

/** Only the ledger that was written knows the id of what the writer minted. */
function named(order: Omit<NamedVersion, 'keyId'>, { environments }: Ledger): NamedVersion {
  const { environment, version, cause } = order;
  const entry = environments.find(({ name }) => name === environment);
  const keyId = entry?.versions.find((known) => known.version === version)?.keyId;
  return { environment, version, keyId, cause };
}

/** What becomes of a version after it was issued. */
const VERSION_CHANGES: readonly (readonly [state: VersionState, message: string])[] = [
  ['Retiring', 'Superseded a version'],
  ['Retired', 'Retired a version'],
  ['Revoked', 'Revoked a version'],
];

/** One that became Revoked as a record settled was revoked by nobody. */
function withReason(
  changed: ChangedVersion,
  state: VersionState,
  { revocation }: Ledger,
): ChangedVersion & Partial<Pick<Revocation, 'reason'>> {
  const isMeant = state === 'Revoked' && changed.version <= revokedThrough(revocation);
  return isMeant && revocation !== undefined ? { ...changed, reason: revocation.reason } : changed;
}

/** NotWanted: the spec dropped it, it expired, or every namespace left it. */
function withdrawalCause({ object }: KeyObjectFacts): 'KeyDeleted' | 'WithdrawOrder' | 'NotWanted' {
  if (object === undefined) return 'WithdrawOrder';
  return object.metadata.deletionTimestamp === undefined ? 'NotWanted' : 'KeyDeleted';
}

/** A token that every namespace carries leaves the record as a matter of course, and is not lost by that. */
function isReleased({ environment, version, field }: MaterialRef, { environments }: Ledger): boolean {
  const entry = environments.find(({ name }) => name === environment);
  const isCurrent = entry?.versions.some((known) => known.version === version && known.state === 'Current') === true;
  return field === 'token' && entry?.state === 'Active' && isCurrent;
}

function namespacesOf(places: readonly PlaceRef[]): readonly string[] {
  return [...new Set(places.map(({ namespace }) => namespace))].slice(0, MAX_NAMESPACES);
}
