import { Gauge, type Registry } from 'prom-client';

export interface InstallationMetrics {
  /** Whether this process has opened its installation and its keyring. */
  set(isReady: boolean): void;
}

/** 0 until `set` says otherwise, so also on a replica that stands by. */
export function createInstallationMetrics(registry: Registry): InstallationMetrics {
  const ready = new Gauge({
    name: 'keywright_installation_ready',
    help: '1 on the leader while it has its installation and keyring; 0 on every other replica, and while one of them is missing.',
    registers: [registry],
  });
  return { set: (isReady) => ready.set(isReady ? 1 : 0) };
}
