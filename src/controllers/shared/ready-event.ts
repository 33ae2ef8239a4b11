import { EXPIRES_SOON, READY } from '../../api/conditions.ts';
import { conditionOf, type Condition } from '../../kube/objects/conditions.ts';
import type { KubeObject } from '../../kube/objects/objects.ts';
import type { KeyEvents } from './key-events.ts';

interface WithConditions {
  readonly conditions?: readonly Condition[];
}

/**
 * One event when Ready flips or gives another reason; none for what is merely under way.
 *
 * @param regarding With apiVersion and kind, which objects from a list lack.
 */
export function announceReady(
  events: KeyEvents,
  regarding: KubeObject,
  status: { readonly before: WithConditions | undefined; readonly after: WithConditions },
): void {
  const [before, after] = [conditionOf(status.before, READY), conditionOf(status.after, READY)];
  if (after === undefined || after.status === 'Unknown') return;
  if (before?.status === after.status && before.reason === after.reason) return;
  const type = after.status === 'True' ? 'Normal' : 'Warning';
  events.record(regarding, { type, reason: after.reason, action: 'Reconcile', note: after.message });
}

/** One Warning when an expiry comes near. */
export function announceExpiry(
  events: KeyEvents,
  regarding: KubeObject,
  status: { readonly before: WithConditions | undefined; readonly after: WithConditions },
): void {
  const after = conditionOf(status.after, EXPIRES_SOON);
  if (after === undefined || conditionOf(status.before, EXPIRES_SOON) !== undefined) return;
  events.record(regarding, { type: 'Warning', reason: after.reason, action: 'Reconcile', note: after.message });
}
