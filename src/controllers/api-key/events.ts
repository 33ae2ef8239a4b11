import { READY, Reason } from '../../api/conditions.ts';
import type { ApiKey, ApiKeyStatus } from '../../api/generated/api-key.ts';
import type { KeyEvents } from '../shared/key-events.ts';
import type { DeliveryTarget } from '../shared/place-state.ts';
import type { RecordChange } from '../shared/record-change.ts';
import { placeKey, type Observations } from '../shared/secret-view.ts';
import type { ApiKeyFacts } from './facts.ts';
import type { WithdrawalTarget } from './secret-work.ts';

/** One event when Ready flips or gives another reason; none for what is merely under way. */
export function announceReady(events: KeyEvents, object: ApiKey, status: ApiKeyStatus): void {
  const before = object.status?.conditions?.find(({ type }) => type === READY);
  const after = status.conditions?.find(({ type }) => type === READY);
  if (after === undefined || after.status === 'Unknown') return;
  if (before?.status === after.status && before.reason === after.reason) return;
  const type = after.status === 'True' ? 'Normal' : 'Warning';
  events.record(object, { type, reason: after.reason, action: 'Reconcile', note: after.message });
}

/** One event for each version that a record write minted. */
export function announceRecord(events: KeyEvents, { object, isLive, record }: ApiKeyFacts, change: RecordChange): void {
  if (object === undefined) return;
  for (const { environment, version, cause } of change.mints) {
    const isLoss = cause === 'MaterialLost';
    const note = isLoss
      ? `Minted version ${version} for environment "${environment}": no Secret held the last one any more`
      : `Minted version ${version} for environment "${environment}"`;
    events.record(object, {
      type: isLoss ? 'Warning' : 'Normal',
      reason: isLoss ? 'MaterialLost' : 'Minted',
      action: 'Mint',
      note,
    });
  }
  const isSettled =
    isLive && change.mints.length === 0 && record.kind !== 'Invalid' && change.ledger.sequence > nextSequence(record);
  if (isSettled) {
    const note = 'The record was older than what was delivered and was settled from the delivered Secrets';
    events.record(object, { type: 'Warning', reason: 'RecordSettled', action: 'Settle', note });
  }
}

/** Drift is what changed in a namespace that status already called delivered. */
export function announceDelivery(
  events: KeyEvents,
  { object }: ApiKeyFacts,
  targets: readonly DeliveryTarget[],
  seen: Observations,
): void {
  if (object === undefined) return;
  for (const { wanted } of targets) {
    const { namespace, secretName } = wanted.place;
    const row = object.status?.environments
      ?.find(({ name }) => name === wanted.environment)
      ?.namespaces?.find(({ name }) => name === namespace);
    const isBack = seen.get(placeKey(wanted.place))?.kind === 'Present';
    if (!isBack || row?.reason !== Reason.Delivered || row.version !== wanted.version) continue;
    const note = `Secret "${secretName}" in namespace "${namespace}" had been changed or deleted and was put back`;
    events.record(object, { type: 'Normal', reason: 'DriftRepaired', action: 'Deliver', note });
  }
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
  const note = `Deleted ${gone.length} of ${targets.length} Secrets that are no longer wanted`;
  events.record(object, { type: 'Normal', reason: 'Withdrawn', action: 'Withdraw', note });
}

function nextSequence(record: Exclude<ApiKeyFacts['record'], { kind: 'Invalid' }>): number {
  return record.kind === 'Valid' ? record.ledger.sequence + 1 : 1;
}
