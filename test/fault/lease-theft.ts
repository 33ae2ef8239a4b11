import { expect } from 'vitest';
import { LEASES } from '../../src/kube/objects/resource.ts';
import { eventually } from '../support/harness/eventually.ts';
import { OPERATOR_NAMESPACE, startOperator, type RunningOperator } from '../support/operator.ts';
import type { ProxiedRequest } from '../support/write-proxy.ts';
import type { DeliveryStage } from './delivery-stage.ts';

type Stage = Pick<DeliveryStage, 'cluster' | 'proxy'>;

/** A machine under load must not lose it by itself; who steals it says how long a successor has to wait. */
const STEADY_LEASES = ['--lease-duration=3s', '--renew-deadline=2500ms'];

/** Leads through the proxy, on the real clock. */
export function leader({ cluster, proxy }: Stage): Promise<RunningOperator> {
  return startOperator({ cluster, server: proxy.url, flags: STEADY_LEASES });
}

/** Waits for the lease, past the proxy unless told to go through it. */
export function standby({ cluster }: Pick<Stage, 'cluster'>, proxy?: Stage['proxy']): Promise<RunningOperator> {
  return startOperator({
    cluster,
    until: 'synced',
    flags: STEADY_LEASES,
    ...(proxy !== undefined && { server: proxy.url }),
  });
}

/** Somebody takes the lease and goes away: the next candidate has it a second later. */
export async function stealLease({ cluster }: Stage): Promise<void> {
  const spec = {
    holderIdentity: 'thief',
    leaseDurationSeconds: 1,
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  };
  const ref = { namespace: OPERATOR_NAMESPACE, name: 'keywright-controller' };
  await cluster.client.patch(LEASES, ref, { spec });
}

export interface HeldWrite {
  /** Resolves once there is one. */
  readonly held: () => Promise<void>;
  /** Lets it go on its way. Resolves when the server has answered it. */
  readonly release: () => Promise<void>;
}

/** Holds the first request that `isTheOne`; everything else passes. */
export function holdWrite({ proxy }: Pick<Stage, 'proxy'>, isTheOne: (request: ProxiedRequest) => boolean): HeldWrite {
  const released = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  let isHeld = false;
  proxy.treat((request) => {
    if (isHeld || !isTheOne(request)) return { kind: 'forward' };
    isHeld = true;
    return { kind: 'hold', until: released.promise, onAnswered: answered.resolve };
  });
  const held = (): Promise<void> => eventually(() => expect(isHeld).toBe(true), { intervalMs: 20 });
  const release = (): Promise<void> => {
    released.resolve();
    return answered.promise;
  };
  return { held, release };
}
