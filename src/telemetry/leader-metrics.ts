import { Gauge, type Registry } from 'prom-client';

export interface LeaderMetrics {
  /** Whether this process holds the lease now. */
  set(isLeader: boolean): void;
}

/** client-go's leader_election_master_status: 0 until `set` says otherwise. */
export function createLeaderMetrics(registry: Registry, leaseName: string): LeaderMetrics {
  const status = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process holds the lease, 0 while it stands by.',
    labelNames: ['name'],
    registers: [registry],
  });
  const set = (isLeader: boolean): void => status.set({ name: leaseName }, isLeader ? 1 : 0);
  set(false);
  return { set };
}
