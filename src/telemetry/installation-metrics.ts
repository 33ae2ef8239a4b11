import { Gauge, type Registry } from 'prom-client';

export interface InstallationMetrics {
  /** Whether this process has opened its installation and its keyring. */
  set(isReady: boolean): void;
  /** Records whose data key another KEK wraps than the one that wraps now. */
  setStaleRecords(count: number): void;
}

/** 0 until told otherwise, so also on a replica that stands by. */
export function createInstallationMetrics(registry: Registry): InstallationMetrics {
  const ready = new Gauge({
    name: 'keywright_installation_ready',
    help: '1 on the leader while it has its installation and keyring; 0 on every other replica, and while one of them is missing.',
    registers: [registry],
  });
  const stale = new Gauge({
    name: 'keywright_records_stale_kek',
    help: 'Records whose data key is to be wrapped anew since the KEK was rotated, on the leader; 0 on every other replica.',
    registers: [registry],
  });
  return { set: (isReady) => ready.set(isReady ? 1 : 0), setStaleRecords: (count) => stale.set(count) };
}
