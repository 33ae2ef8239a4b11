import { API_KEY_TYPE } from '../../api/resources.ts';
import type { KeyEvents } from '../shared/key-events.ts';
import type { DeliveryTarget } from '../planning/place-state.ts';
import type { MintOrder, RecordChange } from '../planning/record-change.ts';
import { placeKey, type Observations, type PlaceRef } from '../planning/secret-view.ts';
import { isRepair } from './delivery-counts.ts';
import type { ApiKeyFacts } from './facts.ts';
import type { WithdrawalTarget } from './secret-work.ts';

const MAX_NAMED = 8;

/** One event for all that a record write minted. */
export function announceRecord(events: KeyEvents, { object, isLive, record }: ApiKeyFacts, change: RecordChange): void {
  if (object === undefined) return;
  const losses = change.mints.filter(({ cause }) => cause === 'MaterialLost');
  const issues = change.mints.filter(({ cause }) => cause !== 'MaterialLost');
  if (issues.length > 0) {
    events.record(
      { ...API_KEY_TYPE, metadata: object.metadata },
      { type: 'Normal', reason: 'Minted', action: 'Mint', note: mintNote(issues) },
    );
  }
  if (losses.length > 0) {
    const note = `${mintNote(losses)}: no Secret held the last one any more`;
    events.record(
      { ...API_KEY_TYPE, metadata: object.metadata },
      { type: 'Warning', reason: 'MaterialLost', action: 'Mint', note },
    );
  }
  const signingLosses = change.signing.filter(({ cause }) => cause === 'MaterialLost');
  if (signingLosses.length > 0) {
    const names = signingLosses.map(({ environment }) => `"${environment}"`).join(', ');
    const note = `Minted a new signing secret for environment ${names}: no Secret held the last one any more`;
    events.record(
      { ...API_KEY_TYPE, metadata: object.metadata },
      { type: 'Warning', reason: 'MaterialLost', action: 'Mint', note },
    );
  }
  const isSettled =
    isLive && change.mints.length === 0 && record.kind !== 'Invalid' && change.ledger.sequence > nextSequence(record);
  if (isSettled) {
    const note = 'The record was older than what was delivered and was settled from the delivered Secrets';
    events.record(
      { ...API_KEY_TYPE, metadata: object.metadata },
      { type: 'Warning', reason: 'RecordSettled', action: 'Settle', note },
    );
  }
}

/** One event for all Secrets that were put back. */
export function announceDelivery(
  events: KeyEvents,
  facts: ApiKeyFacts,
  targets: readonly DeliveryTarget[],
  seen: Observations,
): void {
  const { object } = facts;
  const repaired = targets.filter(
    ({ wanted }) => seen.get(placeKey(wanted.place))?.kind === 'Present' && isRepair(facts, wanted),
  );
  if (object === undefined || repaired.length === 0) return;
  const note = `Put back what had been changed or deleted: ${secretNames(repaired.map(({ wanted }) => wanted.place))}`;
  events.record(
    { ...API_KEY_TYPE, metadata: object.metadata },
    { type: 'Normal', reason: 'DriftRepaired', action: 'Deliver', note },
  );
}

/** One event for all Secrets that a withdrawal deleted. */
export function announceWithdrawal(
  events: KeyEvents,
  { object }: ApiKeyFacts,
  targets: readonly WithdrawalTarget[],
  seen: Observations,
): void {
  const gone = targets.filter((target) => seen.get(placeKey(target))?.kind === 'Absent');
  if (object === undefined || gone.length === 0) return;
  const note = `Deleted what is no longer wanted: ${secretNames(gone)}`;
  events.record(
    { ...API_KEY_TYPE, metadata: object.metadata },
    { type: 'Normal', reason: 'Withdrawn', action: 'Withdraw', note },
  );
}

/** A key that was let go with everything in place: nobody else tells that its Secrets still are. */
export function announceRelease(events: KeyEvents, { object, project }: ApiKeyFacts): void {
  if (object === undefined || project.kind !== 'Elsewhere') return;
  const note = `The KeyProject belongs to installation "${project.owner}", which does not serve this key; it is let go, and its Secrets and its record stay`;
  events.record(
    { ...API_KEY_TYPE, metadata: object.metadata },
    { type: 'Warning', reason: 'Released', action: 'Release', note },
  );
}

/** By name, as another Secret is another event. At most 8: a note has room for 1024 bytes. */
function secretNames(places: readonly PlaceRef[]): string {
  const names = places
    .slice(0, MAX_NAMED)
    .map(({ namespace, secretName }) => `Secret "${secretName}" in namespace "${namespace}"`);
  const rest = places.length - names.length;
  return names.join(', ') + (rest === 0 ? '' : ` and ${rest} more`);
}

/** Environments minted in one record write share one version. */
function mintNote(mints: readonly MintOrder[]): string {
  const names = mints.map(({ environment }) => `"${environment}"`).join(', ');
  return `Minted version ${mints[0]?.version} for environment ${names}`;
}

function nextSequence(record: Exclude<ApiKeyFacts['record'], { kind: 'Invalid' }>): number {
  return record.kind === 'Valid' ? record.ledger.sequence + 1 : 1;
}
