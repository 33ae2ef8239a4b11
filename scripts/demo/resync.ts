import { KEY_PROJECTS } from '../../src/api/resources.ts';
import { LEASES, type Resource } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { sumOf } from '../../test/support/prometheus-text.ts';
import { recordWatch } from '../../test/support/harness/watch-recorder.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { OPERATOR_NAMESPACE } from './operator-account.ts';
import { CRYPTO_KEY_FILES } from './crypto-keys.ts';
import type { OperatorProcess } from './operator-process.ts';
import { PROJECT } from './quickstart.ts';
import { until } from './until.ts';

const EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const WRITING_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];
/** The installation, the project and its keys. */
const OBJECTS = 3 + CRYPTO_KEY_FILES.length;
const QUIET_MS = 1_000;
/** Longer than an event takes from the API server to a watch, shorter than the time between two lease renewals. */
const SETTLE_MS = 300;

export interface ResyncReport {
  readonly reconciles: number;
  /** Everything the operator sent that could change an object, but for the two below. */
  readonly writes: number;
  readonly leaseRenewals: number;
  readonly events: number;
}

/** Running totals; `writes` alone means nothing until one is taken from another. */
type Counts = ResyncReport & { readonly isIdle: boolean };

/** What was written of the two kinds since the count began. */
interface Recorders {
  readonly leases: { readonly events: readonly unknown[] };
  readonly events: { readonly events: readonly unknown[] };
}

/** Waits until nothing is left to do, asks for a look at everything, and counts what the operator wrote for it. */
export async function measureResync(
  access: ClusterAccess,
  operator: OperatorProcess,
  signal: AbortSignal,
): Promise<ResyncReport> {
  await using leases = await recordWatch(access.client, LEASES, { namespace: OPERATOR_NAMESPACE });
  await using events = await recordWatch(access.client, EVENTS);
  const recorders = { leases, events };
  await untilSettled(access, operator, recorders, signal);

  // A renewal has just been made, so none is under way between the counts, which come from two sources.
  const renewals = leases.events.length;
  await until(async () => (leases.events.length > renewals ? true : undefined), {
    what: 'the lease is renewed',
    signal,
  });
  await systemClock.sleep(SETTLE_MS, signal);
  const before = await countsOf(operator, recorders);
  operator.requestResync();
  await until(
    async () => {
      const now = await countsOf(operator, recorders);
      return now.reconciles >= before.reconciles + OBJECTS && now.isIdle ? true : undefined;
    },
    { what: 'the operator has looked at everything', signal },
  );
  await systemClock.sleep(SETTLE_MS, signal);
  const after = await countsOf(operator, recorders);
  return {
    reconciles: after.reconciles - before.reconciles,
    writes: after.writes - before.writes,
    leaseRenewals: after.leaseRenewals - before.leaseRenewals,
    events: after.events - before.events,
  };
}

/** The project's report of its keys comes some seconds after them, as one for many. */
async function untilSettled(
  { client }: ClusterAccess,
  operator: OperatorProcess,
  recorders: Recorders,
  signal: AbortSignal,
): Promise<void> {
  await until(
    async () => {
      const { status } = await client.get(KEY_PROJECTS, { name: PROJECT }, { signal });
      const isReported = (wanted: string, least: number): boolean =>
        status?.keys?.some(({ kind, state, count }) => kind === wanted && state === 'Active' && count >= least) ===
        true;
      return isReported('ApiKey', 1) && isReported('CryptoKey', CRYPTO_KEY_FILES.length) ? true : undefined;
    },
    { what: `KeyProject ${PROJECT} reports its keys`, signal, intervalMs: 100 },
  );
  let last = await countsOf(operator, recorders);
  await until(
    async () => {
      await systemClock.sleep(QUIET_MS, signal);
      const now = await countsOf(operator, recorders);
      const isQuiet = now.isIdle && now.writes === last.writes && now.reconciles === last.reconciles;
      last = now;
      return isQuiet ? true : undefined;
    },
    { what: 'the operator has nothing left to do', signal },
  );
}

async function countsOf(operator: OperatorProcess, { leases, events }: Recorders): Promise<Counts> {
  const text = await operator.metrics();
  const sent = WRITING_METHODS.reduce((sum, method) => sum + sumOf(text, 'rest_client_requests_total', { method }), 0);
  return {
    reconciles: sumOf(text, 'controller_runtime_reconcile_total'),
    isIdle: sumOf(text, 'workqueue_depth') + sumOf(text, 'controller_runtime_active_workers') === 0,
    leaseRenewals: leases.events.length,
    events: events.events.length,
    writes: sent - leases.events.length - events.events.length,
  };
}
