import type { KeyProject } from '../api/generated/key-project.ts';
import type { Clock, Random, RandomBytes } from '../clock.ts';
import { KeywrightError } from '../errors.ts';
import { IMPORT_NAME } from '../installation/import-secret.ts';
import { INSTALLATION_SECRET } from '../installation/installation-secret.ts';
import { KEYRING_SECRET } from '../installation/keyring-secret.ts';
import { PEPPERS_SECRET } from '../installation/peppers-secret.ts';
import { ApiError } from '../kube/errors/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { runController, type Outcome, type ReconcileContext, type Retry } from '../kube/queue/controller.ts';
import type { ObjectChange } from '../kube/cache/object-change.ts';
import { objectKey } from '../kube/objects/objects.ts';
import { WorkQueue } from '../kube/queue/work-queue.ts';
import type { Logger } from '../logger.ts';
import { KEY_KINDS } from '../sealing/ledger.ts';
import { recordName } from '../sealing/record.ts';
import type { JudgingPool } from '../judging/judging-pool.ts';
import type { MintingPool } from '../minting/minting-pool.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { API_KEY_RULES } from './api-key/rules.ts';
import { CRYPTO_KEY_RULES } from './crypto-key/rules.ts';
import { KeyController } from './key/controller.ts';
import { HeldOffNamespaces } from './key/wake/held-off-namespaces.ts';
import { Orphans } from './key/standing/orphans.ts';
import { Contenders } from './key/wake/contenders.ts';
import { UnprovenSecrets } from './key/standing/unproven-secrets.ts';
import { KeyWaker, RELAXED_PRIORITY, REPORT_PRIORITY } from './key/wake/wake.ts';
import { ImportKeyController } from './import-key/controller.ts';
import { InstallationController } from './installation/controller.ts';
import { createKeyringKeeper } from './installation/keyring-keeper.ts';
import { RewrapController } from './installation/rewrap-controller.ts';
import { ProofController } from './installation/proof-controller.ts';
import { createMacKeeper } from './installation/mac-keeper.ts';
import { macKeyUser } from './installation/mac-key-use.ts';
import { Renewal } from './installation/renewal.ts';
import { ClaimedElsewhere } from './key-project/claimed-elsewhere.ts';
import { KeyProjectController } from './key-project/controller.ts';
import { REPORT_INTERVAL_MS } from './key-project/plan.ts';
import { projectOwner } from './planning/project-owner.ts';
import { createCaches, type CachedNamespace, type CacheOptions, type Caches } from './caches/caches.ts';
import type { CachedRecord } from './caches/cached-record.ts';
import { viewSecret } from './caches/cached-secret.ts';
import { ForeignSecretWatch } from './secrets/foreign-secret-watch.ts';
import { createPlaceClient } from './secrets/place-client.ts';
import type { KeyEvents } from './shared/key-events.ts';
import { ImportKeysHolder } from './shared/import-keys-holder.ts';
import { FirstIssues } from './shared/first-issues.ts';
import { Reservations } from './shared/reservations.ts';
import { InstallationHolder, type KeyPorts } from './shared/ports.ts';
import { JudgingDesk } from './shared/judging-desk.ts';
import { Patience } from './shared/patience.ts';
import { MintingDesk } from './shared/minting-desk.ts';
import { StatusMemory } from './shared/status-memory.ts';

/** One reconcile at most; what is still open then goes on with the next one. */
const RECONCILE_TIMEOUT_MS = 120_000;
const INSTALLATION_KEY = 'installation';
const INSTALLATION_SECRETS: ReadonlySet<string> = new Set([INSTALLATION_SECRET, KEYRING_SECRET, PEPPERS_SECRET]);
/** Enough to keep the API server busy with what is renewed, and far from all connections that keys need. */
const RENEWAL_WORKERS = 4;
/** What each kind of key has for itself. */
const KINDS: KeyPorts['kinds'] = { ApiKey: API_KEY_RULES, CryptoKey: CRYPTO_KEY_RULES };

const IMPORT_KEY = 'import-key';
export type ControllerName = 'installation' | 'import-key' | 'rewrap' | 'proof' | 'key-project' | 'key';

/**
 * How many objects each controller reconciles side by side. Only keys are many: the installation is one object, and
 * projects are written to seldom.
 */
export function workersOf(keys: number): Readonly<Record<ControllerName, number>> {
  return {
    installation: 1,
    'import-key': 1,
    rewrap: RENEWAL_WORKERS,
    proof: RENEWAL_WORKERS,
    'key-project': 2,
    key: keys,
  };
}

/** How many of those workers may wait a moment for keys to be judged: most are left to everybody else. */
function judgingSeats(keys: number): number {
  return Math.floor(keys / 4);
}

export interface ManagerOptions {
  /** Unfenced: caches read on every replica. */
  readonly readClient: KubeClient;
  /** Refuses writes unless this process leads. */
  readonly client: KubeClient;
  /** The same on connections of its own, for Secrets in namespaces that may not answer. */
  readonly placeClient: KubeClient;
  readonly events: KeyEvents;
  readonly operatorNamespace: string;
  readonly watchNamespaces: readonly string[] | undefined;
  /** Whether the operator makes the keyring where no record needs one. */
  readonly createsKeyring: boolean;
  /** Of an installation that is to be reset as its Secret is lost for good. */
  readonly resetInstallation: string | undefined;
  readonly workers: Readonly<Record<ControllerName, number>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly randomBytes: RandomBytes;
  /** Makes slow keys. */
  readonly mintingPool: Pick<MintingPool, 'mint'>;
  /** Judges keys that others made. */
  readonly judgingPool: Pick<JudgingPool, 'judge'>;
  readonly newReconcileId: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told of each list and watch of the caches whether the account was refused. */
  readonly onAccess: CacheOptions['onAccess'];
  readonly onOlderState: CacheOptions['onOlderState'];
}

/**
 * All controllers, their queues and their caches. `watch` runs on every replica, so that a standby is warm;
 * `lead` runs while this process holds the lease.
 */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #queues: Readonly<Record<ControllerName, WorkQueue>>;
  readonly #caches: Caches;
  readonly #waker: KeyWaker;
  readonly #contenders = new Contenders();
  readonly #installation: InstallationHolder;
  readonly #renewal: Renewal;
  readonly #importKeys = new ImportKeysHolder();

  constructor(options: ManagerOptions) {
    const { readClient, clock, random, logger, metrics, operatorNamespace } = options;
    this.#options = options;
    this.#installation = new InstallationHolder(options.randomBytes);
    const queue = (name: ControllerName): WorkQueue => {
      const created = new WorkQueue({ clock, random, observer: metrics.workQueues.observerFor(name) });
      metrics.workQueues.track(name, created);
      return created;
    };
    this.#queues = {
      installation: queue('installation'),
      rewrap: queue('rewrap'),
      proof: queue('proof'),
      'import-key': queue('import-key'),
      'key-project': queue('key-project'),
      key: queue('key'),
    };
    this.#renewal = new Renewal({
      installation: this.#installation,
      caches: () => this.#caches,
      queues: { records: this.#queues.rewrap, secrets: this.#queues.proof, keys: this.#queues.key },
      metrics: metrics.installation,
      events: options.events,
      logger,
      operatorNamespace,
      // A former key may wait to be dropped.
      onRenewed: () => this.#queues.installation.add(INSTALLATION_KEY),
    });
    this.#waker = new KeyWaker({
      queue: this.#queues.key,
      caches: () => this.#caches,
      contenders: this.#contenders,
      kinds: KINDS,
      clock,
      proofOf: (secret) => viewSecret(secret, this.#installation.macContext).proof,
    });
    this.#caches = createCaches({ ...options, client: readClient, kinds: KINDS }, this.#handlers());
  }

  get caches(): Caches {
    return this.#caches;
  }

  /** Keeps the caches until `signal` aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#informers().map((informer) => informer.run(signal)));
  }

  async whenSynced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#informers().map((informer) => informer.whenSynced(signal)));
  }

  hasSynced(): boolean {
    return this.#informers().every((informer) => informer.hasSynced());
  }

  /** Monotonic time of the last attempt of the watch that is furthest behind: an outage does not stop it, a stuck loop does. */
  lastAttemptMs(): number {
    return Math.min(...this.#informers().map((informer) => informer.lastAttemptMs()));
  }

  /** Looks at every object again, without a change. A settled cluster is not written to. */
  resync(): void {
    this.#waker.all();
    this.#wakeProjects();
    this.#queues.installation.add(INSTALLATION_KEY);
    this.#renewal.enqueueStale();
    this.#queues['import-key'].add(IMPORT_KEY);
  }

  /** Opens the installation, then works the queues off until `signal` aborts and the reconciles under way have ended. */
  async lead(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    const ports = this.#ports(signal);
    const opened = Promise.withResolvers<void>();
    const onStale = (): void => this.#renewal.enqueueStale();
    const { watchNamespaces } = this.#options;
    const findUser = (keyId: string, during: AbortSignal): Promise<string | undefined> =>
      macKeyUser({ ports, watchNamespaces }, keyId, during);
    const keepers = [createKeyringKeeper(ports, onStale), createMacKeeper(ports, findUser, onStale)];
    // Reports of what was wrapped anew are no reason to wait with the next record.
    const isBusy = (): boolean => (this.#queues.key.nextPriority ?? REPORT_PRIORITY) > REPORT_PRIORITY;
    const rewrap = new RewrapController({ ports, renewal: this.#renewal, isBusy });
    const proof = new ProofController({ ports, renewal: this.#renewal, isBusy });
    const installation = new InstallationController({
      ports,
      logger,
      createsKeyring: this.#options.createsKeyring,
      resetId: this.#options.resetInstallation,
      keepers,
      onStateChanged: (state) => {
        this.#options.metrics.installation.set(state.kind === 'Ready');
        opened.resolve();
        this.resync();
      },
    });
    const importKey = new ImportKeyController({ ports, onKeyChanged: () => this.#wakeProjects() });
    const orphans = new Orphans({
      events: ports.events,
      recordRef: ({ identity }) => ({ name: recordName(identity), namespace: ports.operatorNamespace }),
      setCount: (count) => this.#options.metrics.keys.setOrphanRecords(count),
    });
    const { readClient: client, clock, random, metrics } = this.#options;
    const setCount = (count: number): void => metrics.keys.setProjectsClaimedElsewhere(count);
    const unproven = new UnprovenSecrets(ports);
    const projects = new KeyProjectController(ports, new ClaimedElsewhere({ events: ports.events, logger, setCount }));
    const onChange = (place: string, of: readonly string[]): void => this.#waker.freed(place, of);
    const foreign = new ForeignSecretWatch({ client, clock, random, logger, onChange });
    const keys = new KeyController({
      ports,
      contenders: this.#contenders,
      foreign,
      onSettled: (key, facts) => {
        orphans.observe(key, facts);
        unproven.observe(key, facts);
      },
      onGone: (key) => {
        orphans.forget(key);
        unproven.forget(key);
      },
    });
    this.#queues.installation.add(INSTALLATION_KEY);
    const guard = this.#run('installation', (key, context) => installation.reconcile(key, context), signal);
    try {
      await Promise.race([opened.promise, guard]);
      await Promise.all([
        guard,
        this.#run('rewrap', (key, context) => rewrap.reconcile(key, context), signal),
        this.#run('proof', (key, context) => proof.reconcile(key, context), signal),
        this.#run('import-key', (key, context) => importKey.reconcile(key, context), signal),
        this.#run('key-project', (key, context) => projects.reconcile(key, context), signal),
        this.#run('key', (key, context) => keys.reconcile(key, context), signal),
      ]);
    } finally {
      foreign.stop();
    }
  }

  /** What controllers act through while `leading` lasts. */
  #ports(leading: AbortSignal): KeyPorts {
    const { client, clock, random, randomBytes, logger, metrics, operatorNamespace, watchNamespaces, events } =
      this.#options;
    const { mintingPool, judgingPool, workers } = this.#options;
    const onReady = (owner: string): void => this.#queues.key.add(owner);
    const observer = new HeldOffNamespaces({ waker: this.#waker, clock, logger, signal: leading });
    return {
      client,
      placeClient: createPlaceClient({ client: this.#options.placeClient, clock, random, observer }),
      caches: this.#caches,
      kinds: KINDS,
      clock,
      randomBytes,
      operatorNamespace,
      isNamespaced: watchNamespaces !== undefined,
      installation: this.#installation,
      importKeys: this.#importKeys,
      reservations: new Reservations(),
      firstIssues: new FirstIssues(),
      statusMemory: new StatusMemory(),
      desk: new MintingDesk({
        pool: mintingPool,
        now: () => clock.now(),
        onReady,
        signal: leading,
      }),
      judging: new JudgingDesk({
        pool: judgingPool,
        clock,
        seats: judgingSeats(workers.key),
        onReady,
        signal: leading,
      }),
      patience: new Patience(clock),
      events,
      logger,
      countDelivery: (result, count) => metrics.keys.delivered(result, count),
    };
  }

  #run(
    name: ControllerName,
    reconcile: (key: string, context: ReconcileContext) => Promise<Outcome>,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger, metrics, newReconcileId, workers } = this.#options;
    const queue = this.#queues[name];
    const observer = metrics.controllers.observerFor(name);
    return runController(
      {
        name,
        queue,
        workers: workers[name],
        reconcile,
        retryOf,
        clock,
        logger,
        observer,
        newReconcileId,
        timeoutMs: RECONCILE_TIMEOUT_MS,
      },
      signal,
    );
  }

  #handlers(): Parameters<typeof createCaches>[1] {
    const waker = this.#waker;
    const projects = this.#queues['key-project'];
    return {
      project: (change) => {
        if (!change.ownWrite) projects.add(change.key, { priority: change.initial ? RELAXED_PRIORITY : 0 });
        waker.project(change);
        this.#recountStatuses(change);
      },
      key: (kind, change) => {
        waker.key(kind, change);
        const key = change.type === 'deleted' ? undefined : change.object;
        if (this.#renewal.observeStatus(kind, change.key, key))
          this.#queues.key.add(`${kind}/${change.key}`, { priority: REPORT_PRIORITY });
        // Counts in the project's status follow, one report for many keys.
        if (!change.initial) projects.add(change.object.spec.project, { afterMs: REPORT_INTERVAL_MS });
      },
      namespace: (change) => this.#wakeMapped(change),
      secret: (change) => {
        waker.secret(change);
        const secret = change.type === 'deleted' ? undefined : change.object;
        if (this.#renewal.observeSecret(change.key, secret)) this.#queues.proof.add(change.key);
      },
      importSource: (change) => waker.importSource(change),
      record: (change) => this.#onRecord(change),
      importKey: () => this.#queues['import-key'].add(IMPORT_KEY),
    };
  }

  #onRecord(change: ObjectChange<CachedRecord>): void {
    const { name } = change.object.metadata;
    if (INSTALLATION_SECRETS.has(name)) this.#queues.installation.add(INSTALLATION_KEY);
    if (name === IMPORT_NAME) this.#queues['import-key'].add(IMPORT_KEY);
    this.#waker.record(change);
    const record = change.type === 'deleted' ? undefined : change.object;
    if (this.#renewal.observeRecord(name, record)) this.#queues.rewrap.add(name);
    const project = change.object.hint?.project;
    if (project !== undefined && this.#caches.projects.lister.get(project)?.metadata.deletionTimestamp !== undefined) {
      this.#queues['key-project'].add(project);
    }
  }

  /** Which statuses are ours to write changes with the owner of their project. */
  #recountStatuses({ object, previous }: ObjectChange<KeyProject>): void {
    if (previous === undefined || projectOwner(object) === projectOwner(previous)) return;
    for (const kind of KEY_KINDS) {
      for (const key of this.#caches.keys[kind].lister.byIndex('project', object.metadata.name)) {
        this.#renewal.observeStatus(kind, objectKey(key), key);
      }
    }
  }

  /** A namespace concerns every project that lists it or selects namespaces, and all their keys. */
  #wakeMapped(change: ObjectChange<CachedNamespace>): void {
    if (change.initial) return;
    for (const { metadata, spec } of this.#caches.projects.lister.list()) {
      const isMapped = spec.environments.some(
        ({ namespaces, namespaceSelector }) =>
          namespaceSelector !== undefined || namespaces?.includes(change.key) === true,
      );
      if (!isMapped) continue;
      this.#queues['key-project'].add(metadata.name);
      this.#waker.projectKeys(metadata.name, change);
    }
  }

  #wakeProjects(): void {
    for (const { metadata } of this.#caches.projects.lister.list())
      this.#queues['key-project'].add(metadata.name, { priority: RELAXED_PRIORITY });
  }

  #informers(): readonly Pick<Caches['projects'], 'run' | 'whenSynced' | 'hasSynced' | 'lastAttemptMs'>[] {
    const { keys, ...others } = this.#caches;
    return [...Object.values(others), ...Object.values(keys)];
  }
}

/** Errors of ours say how they are retried; a server that says when is believed; the rest backs off. */
function retryOf(error: unknown): Retry {
  if (error instanceof KeywrightError) return error.retry;
  if (error instanceof ApiError && error.retryAfterMs !== undefined) return { afterMs: error.retryAfterMs };
  return 'backoff';
}
