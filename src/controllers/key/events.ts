import type { KeyObject } from '../../api/key-object.ts';
import type { KubeObject } from '../../kube/objects/objects.ts';
import { typeOf } from '../../kube/objects/resource.ts';
import type { KeyRules, KeyObjectFacts } from '../planning/key-rules.ts';
import type { ImportWarnings } from '../secrets/write-record.ts';
import type { KeyEvent, KeyEvents } from '../shared/key-events.ts';
import { isImport, type MintOrder, type RecordChange } from '../planning/record-change.ts';
import { followedRevocation } from '../planning/revocation.ts';
import type { PlaceRef } from '../planning/secret-view.ts';
import type { MintCause } from '../../sealing/ledger.ts';
import type { DeliveryResult } from '../../telemetry/key-metrics.ts';
import type { SecretWrite } from './delivery-counts.ts';
import { versionsThatBecame } from './ledger-changes.ts';
import type { WithdrawalTarget } from './secret-work.ts';

const MAX_NAMED = 8;

/** What an event is about. Objects from a list lack apiVersion and kind. */
export function subjectOf({ resource }: Pick<KeyRules, 'resource'>, { metadata }: KeyObject): KubeObject {
  return { ...typeOf(resource), metadata };
}

/** One event for all that a record write minted or imported for one cause, and one for each imported key that is unusual. */
export function announceRecord(
  events: KeyEvents,
  facts: KeyObjectFacts,
  change: RecordChange,
  warnings: readonly ImportWarnings[],
): void {
  const { object, rules } = facts;
  if (object === undefined) return;
  for (const mints of alike(change.mints)) events.record(subjectOf(rules, object), issueEvent(mints));
  for (const { environment, texts } of warnings) {
    const version = change.mints.find((mint) => mint.environment === environment)?.version;
    const note = [`Imported version ${version} for environment "${environment}"`, ...texts].join('. ');
    events.record(subjectOf(rules, object), { type: 'Warning', reason: 'ImportUnusual', action: 'Import', note });
  }
  const signingLosses = change.signing.filter(({ cause }) => cause === 'MaterialLost');
  if (signingLosses.length > 0) {
    const names = signingLosses.map(({ environment }) => `"${environment}"`).join(', ');
    const note = `Minted a new signing secret for environment ${names}: no Secret held the last one any more`;
    events.record(subjectOf(rules, object), { type: 'Warning', reason: 'MaterialLost', action: 'Mint', note });
  }
  const revoked = revocationEvent(facts, change);
  if (revoked !== undefined) events.record(subjectOf(rules, object), revoked);
  if (change.settles) {
    const note = 'The record was older than what was delivered and was settled from the delivered Secrets';
    events.record(subjectOf(rules, object), { type: 'Warning', reason: 'RecordSettled', action: 'Settle', note });
  }
}

/** What is taken back for good, and from whom: a Warning, as it cannot be undone. Undefined: nothing is by this write. */
function revocationEvent({ record }: KeyObjectFacts, { ledger }: RecordChange): KeyEvent | undefined {
  const before = record.kind === 'Valid' ? record.ledger : undefined;
  const revocation = followedRevocation(before?.revocation, ledger.revocation);
  if (revocation === undefined) return undefined;
  const { reason, throughVersion } = revocation;
  const what = throughVersion === undefined ? 'the whole key' : `all versions up to ${throughVersion}`;
  const versions = versionsThatBecame('Revoked', before?.environments ?? [], ledger).map(
    ({ environment, version }) => `version ${version} of environment "${environment}"`,
  );
  const which = versions.length === 0 ? '; no version was in force any more' : `: ${listedNames(versions)}`;
  const note = `Revoked ${what} for good (${reason})${which}`;
  return { type: 'Warning', reason: 'VersionsRevoked', action: 'Revoke', note };
}

/** One event for all Secrets that were put back, and one for those that were somebody else's. */
export function announceDelivery(
  events: KeyEvents,
  { object, rules }: KeyObjectFacts,
  writes: readonly SecretWrite[],
): void {
  if (object === undefined) return;
  const announce = (result: DeliveryResult, reason: string, what: string): void => {
    const places = writes.filter((write) => write.result === result).map(({ target }) => target.wanted.place);
    if (places.length === 0) return;
    events.record(subjectOf(rules, object), {
      type: 'Normal',
      reason,
      action: 'Deliver',
      note: `${what}: ${secretNames(places)}`,
    });
  };
  announce('repaired', 'DriftRepaired', 'Put back what had been changed or deleted');
  announce('adopted', 'Adopted', "Overwrote what was not the key's, with the consent that it carried");
}

/** One event for all Secrets that a withdrawal deleted. */
export function announceWithdrawal(
  events: KeyEvents,
  { object, rules }: KeyObjectFacts,
  deleted: readonly WithdrawalTarget[],
): void {
  if (object === undefined || deleted.length === 0) return;
  const note = `Deleted what is no longer wanted: ${secretNames(deleted)}`;
  events.record(subjectOf(rules, object), { type: 'Normal', reason: 'Withdrawn', action: 'Withdraw', note });
}

/** A key that was let go with everything in place: nobody else tells that its Secrets still are. */
export function announceRelease(events: KeyEvents, { object, project, rules }: KeyObjectFacts): void {
  if (object === undefined || project.kind !== 'Elsewhere') return;
  const note = `The KeyProject belongs to installation "${project.owner}", and the key is let go without it; its Secrets and its record stay`;
  events.record(subjectOf(rules, object), { type: 'Warning', reason: 'Released', action: 'Release', note });
}

/** By name, as another Secret is another event. */
function secretNames(places: readonly PlaceRef[]): string {
  return listedNames(places.map(({ namespace, secretName }) => `Secret "${secretName}" in namespace "${namespace}"`));
}

/** At most 8: a note has room for 1024 bytes. */
function listedNames(names: readonly string[]): string {
  const rest = names.length - MAX_NAMED;
  return names.slice(0, MAX_NAMED).join(', ') + (rest <= 0 ? '' : ` and ${rest} more`);
}

/** What is told of a version by why it was made; of a first issue nothing needs to be. */
const CAUSES: Readonly<Record<MintCause, string>> = {
  FirstIssue: '',
  Triggered: ': a rotation was asked for',
  IntervalPassed: ': the rotation interval passed',
  ImportChanged: ': the import source changed',
  AlgorithmChanged: ': spec.algorithm changed',
  MaterialLost: ': no Secret held the last one any more',
};

/** Those of one event: made for one cause in one way. */
function alike(mints: readonly MintOrder[]): readonly (readonly [MintOrder, ...MintOrder[]])[] {
  const groups = new Map<string, [MintOrder, ...MintOrder[]]>();
  for (const mint of mints) {
    const kind = `${isImport(mint)} ${mint.cause}`;
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [mint]);
    else group.push(mint);
  }
  return [...groups.values()];
}

/** Environments minted in one record write share one version. */
function issueEvent(mints: readonly [MintOrder, ...MintOrder[]]): KeyEvent {
  const [{ cause, version }] = mints;
  const [reason, action] = isImport(mints[0]) ? (['Imported', 'Import'] as const) : (['Minted', 'Mint'] as const);
  const names = mints.map(({ environment }) => `"${environment}"`).join(', ');
  const note = `${reason} version ${version} for environment ${names}${CAUSES[cause]}`;
  return cause === 'MaterialLost'
    ? { type: 'Warning', reason: cause, action, note }
    : { type: 'Normal', reason, action, note };
}
