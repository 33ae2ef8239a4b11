import { READY, Reason } from '../../../api/conditions.ts';
import type { KeyObject } from '../../../api/key-object.ts';
import { conditionOf } from '../../../kube/objects/conditions.ts';
import type { KeySample } from '../../../telemetry/key-metrics.ts';

/** What status says of a key, for metrics; one that was never looked at is pending. */
export function sampleOf({ status }: Pick<KeyObject, 'status'>): KeySample {
  const ready = conditionOf(status, READY);
  return {
    state: status?.state ?? 'Pending',
    notReady: ready?.status === 'True' ? undefined : (ready?.reason ?? Reason.Pending),
  };
}
