import { READY, Reason } from '../../api/conditions.ts';
import type { ApiKey } from '../../api/generated/api-key.ts';
import type { KeySample } from '../../telemetry/key-metrics.ts';

/** What status says of a key, for metrics; one that was never looked at is pending. */
export function sampleOf({ status }: ApiKey): KeySample {
  const ready = status?.conditions?.find(({ type }) => type === READY);
  return {
    state: status?.state ?? 'Pending',
    notReady: ready?.status === 'True' ? undefined : (ready?.reason ?? Reason.Pending),
  };
}
