import { Gauge, type Registry } from 'prom-client';

export interface InstallationMetrics {
  /** Whether this process has opened its installation and its keyring. */
  set(isReady: boolean): void;
  /** Records whose data key another KEK wraps than the one that wraps now. */
  setStaleRecords(count: number): void;
  /** Objects that a former MAC key signed. */
  setStaleMacs(object: SignedObject, count: number): void;
}

/** What MAC keys sign: records, the proofs on delivered Secrets, and the statuses of keys. */
export type SignedObject = 'record' | 'secret' | 'status';
const SIGNED_OBJECTS: readonly SignedObject[] = ['record', 'secret', 'status'];

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
  const macs = new Gauge({
    name: 'keywright_stale_macs',
    help: 'Records, Secrets and statuses that are to be signed anew since the MAC key was rotated, on the leader; 0 on every other replica.',
    labelNames: ['of'],
    registers: [registry],
  });
  for (const object of SIGNED_OBJECTS) macs.set({ of: object }, 0);
  return {
    set: (isReady) => ready.set(isReady ? 1 : 0),
    setStaleRecords: (count) => stale.set(count),
    setStaleMacs: (object, count) => macs.set({ of: object }, count),
  };
}
