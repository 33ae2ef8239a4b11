import { LEASES } from '../../src/kube/objects/resource.ts';
import { OPERATOR_NAMESPACE, startOperator, type RunningOperator } from '../support/operator.ts';
import type { DeliveryStage } from './delivery-stage.ts';

type Stage = Pick<DeliveryStage, 'cluster' | 'proxy'>;

/** Leads through the proxy, with leases of 1 s, on the real clock. */
export function leader({ cluster, proxy }: Stage): Promise<RunningOperator> {
  return startOperator({ cluster, server: proxy.url });
}

/** Waits for the lease, past the proxy. */
export function standby({ cluster }: Stage): Promise<RunningOperator> {
  return startOperator({ cluster, until: 'synced' });
}

/** Somebody takes the lease and goes away: the next candidate has it a second later. */
export async function stealLease({ cluster }: Stage): Promise<void> {
  const spec = { holderIdentity: 'thief', renewTime: new Date().toISOString().replace('Z', '000Z') };
  const ref = { namespace: OPERATOR_NAMESPACE, name: 'keywright-controller' };
  await cluster.client.patch(LEASES, ref, { spec });
}
