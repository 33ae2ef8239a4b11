import { KEY_STATES } from './api/key-state.ts';
import { Reason } from './api/conditions.ts';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from './api/resources.ts';
import { AccessProblems } from './access/access-problems.ts';
import { MissingRights } from './access/missing-rights.ts';
import { requiredRights } from './access/required-rights.ts';
import type { Clock, Random, RandomBytes } from './clock.ts';
import type { Config } from './config.ts';
import { sampleOf } from './controllers/key/standing/key-sample.ts';
import { Manager, workersOf } from './controllers/manager.ts';
import type { KeyEvents } from './controllers/shared/key-events.ts';
import type { ClusterConfig } from './kube/config/cluster-config.ts';
import type { KubeClient } from './kube/client/client.ts';
import { EventRecorder } from './kube/events/event-recorder.ts';
import { fencedClient } from './kube/client/fenced-client.ts';
import { createKubeClient } from './kube/client/http-client.ts';
import { CONFIG_MAPS, LEASES, NAMESPACES, SECRETS } from './kube/objects/resource.ts';
import { LeaderElection } from './kube/election/leader-election.ts';
import type { Transport } from './kube/transport/exchange.ts';
import type { ServerTime } from './kube/transport/server-clock.ts';
import { createTransport } from './kube/transport/transport.ts';
import type { Logger } from './logger.ts';
import { KEY_KINDS } from './sealing/ledger.ts';
import { JudgingPool } from './judging/judging-pool.ts';
import { MintingPool } from './minting/minting-pool.ts';
import { MintingThread } from './minting/minting-thread.ts';
import { Prerequisites } from './prerequisites.ts';
import type { HealthCheck } from './server/health-check.ts';
import { HealthServer } from './server/health-server.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';

/** What the process is made of and logic must not reach for by itself. */
export interface AppDependencies {
  readonly cluster: ClusterConfig;
  /** What stored times are compared with, and everything is timed by. */
  readonly clock: Clock;
  /** Told what time it is on the API server, as `clock` may want to know. */
  readonly onServerTime?: (time: ServerTime) => void;
  readonly random: Random;
  readonly randomBytes: RandomBytes;
  readonly newId: () => string;
  /** How many slow keys are made at once. */
  readonly mintingThreads: number;
  readonly logger: Logger;
  readonly version: string;
  /** Names this process in the lease and in events; the pod's name in a cluster. */
  readonly instance: string;
  /** Calls the listener whenever somebody asks for a look at everything. */
  readonly onResyncRequested: (listener: () => void) => void;
}

/**
 * How the process ended:
 * - stopped: it was asked to
 * - lost: without the lease, which it must not outlive
 * - outdated: the API server went back to an older state. What was read of the one before is of no use, and starting
 *   afresh is the one way to forget all of it at once
 */
export type AppEnd = 'stopped' | 'lost' | 'outdated';

/** A watch that has not even tried for this long is stuck, whatever the API server does. */
const STUCK_MS = 300_000;
const FLUSH_MS = 2_000;
const LEASE_POOL = 2;

/**
 * Composition root of `keywright controller`: builds the parts, starts them in order (servers, caches, lease,
 * controllers) and stops them in reverse. Holds no logic.
 */
export async function runApp(config: Config, deps: AppDependencies, asked: AbortSignal): Promise<AppEnd> {
  const { clock, random, logger, cluster } = deps;
  const outdated = new AbortController();
  const signal = AbortSignal.any([asked, outdated.signal]);
  const workers = workersOf(config.workers);
  const metrics = createMetrics({
    workers,
    apiServerHost: new URL(cluster.server).host,
    leaseName: config.leaderElection.leaseName,
    version: deps.version,
    clock,
  });
  const connect = (poolSize?: number): Transport =>
    createTransport({
      ...cluster,
      clock,
      userAgent: `keywright/${deps.version}`,
      ...(poolSize === undefined ? {} : { poolSize }),
      onRequest: (observation) => {
        metrics.requests.onRequest(observation);
        if (observation.code === '403') rights.refused();
      },
      onConnect: () => metrics.requests.onConnect(),
      ...(deps.onServerTime === undefined ? {} : { onServerTime: deps.onServerTime }),
    });
  const transport = connect();
  // Transports of their own: renewals, records and status must not wait behind sixteen calls that hang.
  const leaseTransport = connect(LEASE_POOL);
  const placeTransport = connect();
  const readClient = createKubeClient({ transport, clock, random });
  const access = new AccessProblems({ logger, namespace: config.namespace });
  const rights = new MissingRights({
    client: readClient,
    rights: requiredRights(config),
    namespace: config.namespace,
    clock,
    logger,
  });
  const leaseClient = createKubeClient({ transport: leaseTransport, clock, random });
  const election = createElection(config, deps, leaseClient, access);
  const fenced = (unfenced: KubeClient): KubeClient =>
    config.leaderElection.enabled ? fencedClient(unfenced, () => election.assertLeading()) : unfenced;
  const client = fenced(readClient);
  const recorder = new EventRecorder({
    client,
    component: 'keywright.dev/controller',
    instance: deps.instance,
    clock,
    random,
    logger,
  });
  const mintingPool = new MintingPool({ size: deps.mintingThreads, createWorker: () => new MintingThread(clock) });
  const judgingPool = new JudgingPool({ clock });
  const manager = new Manager({
    ...deps,
    mintingPool,
    judgingPool,
    readClient,
    client,
    placeClient: fenced(createKubeClient({ transport: placeTransport, clock, random })),
    events: eventsThrough(recorder),
    operatorNamespace: config.namespace,
    watchNamespaces: config.watchNamespaces,
    createsKeyring: config.createsKeyring,
    resetInstallation: config.resetInstallation,
    workers,
    newReconcileId: deps.newId,
    metrics,
    onAccess: (subject, refusal) => access.observe(subject, refusal),
    onOlderState: () => {
      if (!outdated.signal.aborted)
        logger.error({}, 'The API server went back to an older state; ending, to start afresh');
      outdated.abort();
    },
  });
  trackMetrics(metrics, manager);
  const prerequisites = new Prerequisites({
    ...config,
    client: readClient,
    server: cluster.server,
    watchNamespaces: config.watchNamespaces,
    clock,
    logger,
  });
  const health = createHealthServer(config, deps, metrics, { manager, prerequisites, access, rights }, signal);
  const caches = new AbortController();
  try {
    await health.start();
    await prerequisites.met(signal);
    const watching = manager.watch(caches.signal);
    const asking = rights.run(caches.signal);
    await manager.whenSynced(signal);
    logger.info({ namespace: config.namespace }, 'Synced all caches');
    deps.onResyncRequested(() => manager.resync());
    const resyncing = resyncForEver(config.resyncIntervalMs, clock, manager, caches.signal);
    const work = async (leading: AbortSignal): Promise<void> => {
      metrics.leader.set(true);
      await manager.lead(AbortSignal.any([leading, signal]));
      await recorder.flush(AbortSignal.timeout(FLUSH_MS));
    };
    const end = config.leaderElection.enabled
      ? await leadWithLease(election, work, () => metrics.leader.set(false), signal)
      : await work(signal).then((): AppEnd => 'stopped');
    caches.abort();
    await Promise.allSettled([watching, resyncing, asking]);
    return outdated.signal.aborted ? 'outdated' : end;
  } finally {
    recorder.close();
    caches.abort();
    await health.stop();
    await Promise.all([mintingPool.close(), judgingPool.close()]);
    await Promise.all([transport, leaseTransport, placeTransport].map((each) => each.close()));
  }
}

/**
 * Leads until asked to stop or the lease is lost. The lease goes last: work that is still ending may write only
 * while it is held.
 */
async function leadWithLease(
  election: LeaderElection,
  work: (leading: AbortSignal) => Promise<void>,
  onStoppedLeading: () => void,
  signal: AbortSignal,
): Promise<AppEnd> {
  const release = new AbortController();
  let isLeading = false;
  const onStop = (): void => {
    if (!isLeading) release.abort();
  };
  if (signal.aborted) onStop();
  signal.addEventListener('abort', onStop, { once: true });
  const onStartedLeading = async (leading: AbortSignal): Promise<void> => {
    isLeading = true;
    await work(leading);
    release.abort();
  };
  return await election.run({ onStartedLeading, onStoppedLeading }, release.signal);
}

function createElection(
  { namespace, leaderElection }: Config,
  deps: AppDependencies,
  client: KubeClient,
  access: AccessProblems,
): LeaderElection {
  const { clock, random, logger, instance, newId } = deps;
  const { leaseName: name, leaseDurationMs, renewDeadlineMs, retryPeriodMs } = leaderElection;
  // Unique across restarts of one pod: a process must never take its predecessor's lease for its own.
  const identity = `${instance}_${newId()}`;
  return new LeaderElection({
    client,
    namespace,
    name,
    identity,
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
    clock,
    random,
    logger,
    onAccess: (refusal) => access.observe({ resource: LEASES, namespace }, refusal),
  });
}

interface HealthSources {
  readonly manager: Manager;
  readonly prerequisites: Prerequisites;
  readonly access: AccessProblems;
  readonly rights: MissingRights;
}

function createHealthServer(
  { healthPort, metricsPort, bindAddress }: Config,
  { clock }: AppDependencies,
  metrics: Metrics,
  { manager, prerequisites, access, rights }: HealthSources,
  signal: AbortSignal,
): HealthServer {
  const watches: HealthCheck = {
    name: 'watches-alive',
    check: () =>
      // While something is missing, no watch is begun.
      prerequisites.problem === undefined && clock.monotonicMs() - manager.lastAttemptMs() > STUCK_MS
        ? 'a watch has not been tried for 5 min'
        : undefined,
  };
  const installed: HealthCheck = {
    name: 'prerequisites',
    check: () => prerequisites.problem ?? access.problem ?? rights.problem,
  };
  const synced: HealthCheck = {
    name: 'caches-synced',
    check: () => (manager.hasSynced() ? undefined : 'the first list of every kind is not complete'),
  };
  const draining: HealthCheck = {
    name: 'not-stopping',
    check: () => (signal.aborted ? 'the process is stopping' : undefined),
  };
  return new HealthServer({
    liveness: [watches],
    readiness: [installed, synced, draining],
    metrics,
    healthPort,
    metricsPort,
    address: bindAddress,
    clock,
  });
}

function trackMetrics(metrics: Metrics, manager: Manager): void {
  const { projects, keys, namespaces, secrets, records, importSources, importKey } = manager.caches;
  const informers = [
    [KEY_PROJECTS, projects],
    [API_KEYS, keys.ApiKey],
    [CRYPTO_KEYS, keys.CryptoKey],
    [NAMESPACES, namespaces],
    [SECRETS, secrets],
    [SECRETS, records],
    [SECRETS, importSources],
    [CONFIG_MAPS, importKey],
  ] as const;
  for (const [{ plural }, informer] of informers) metrics.watches.track(plural, () => informer.lastActivityMs());
  for (const kind of KEY_KINDS) {
    metrics.keys.track(kind, { states: KEY_STATES, reasons: Object.values(Reason) }, () =>
      keys[kind].lister.list().map(sampleOf),
    );
  }
}

function eventsThrough(recorder: EventRecorder): KeyEvents {
  return {
    record({ apiVersion = '', kind = '', metadata: { name, namespace, uid, resourceVersion } }, event) {
      const place = { ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
      recorder.record({
        regarding: { apiVersion, kind, name, ...place, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
        ...event,
      });
    },
  };
}

async function resyncForEver(
  intervalMs: number | undefined,
  clock: Clock,
  manager: Manager,
  signal: AbortSignal,
): Promise<void> {
  if (intervalMs === undefined) return;
  for (;;) {
    await clock.sleep(intervalMs, signal);
    manager.resync();
  }
}
