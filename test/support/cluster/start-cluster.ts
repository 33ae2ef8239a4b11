import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../../../scripts/server-process.ts';
import type { KubernetesBinary } from '../go/kubernetes-binary.ts';
import { apiRequest, type ApiConnection } from './api-request.ts';
import { prepareClusterFiles, type ClusterFiles } from './cluster-files.ts';
import { controlPlaneBinary } from './control-plane-binary.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags } from './control-plane-flags.ts';
import { freePort, isPortFree } from './free-port.ts';
import { assertReplaceable, writeKubeconfig } from './kubeconfig-file.ts';
import { copyEtcdData, type EtcdBackup } from './etcd-backup.ts';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
/** An API server listens some time before it answers. */
const PROBE_TIMEOUT_MS = 1_000;
/** Between choosing a port and listening on it somebody else may take it. */
const PORT_ATTEMPTS = 5;

export interface ClusterOptions {
  /** Where to write the admin's kubeconfig. @default a file in the data folder */
  readonly kubeconfig?: string;
  /** Keeps the cluster's objects and identity between runs. Absent: a fresh folder that is removed at the end. */
  readonly dataDir?: string;
  /**
   * Address of this machine at which nodes find the API server. It then listens there alone, tells pods so, and every
   * controller runs. Absent: it listens on 127.0.0.1, and nothing runs that needs nodes.
   */
  readonly addressForNodes?: string;
  /** Port of the API server. @default the port used before in dataDir if it is free, else any */
  readonly port?: number;
  /** Added to those of the API server, for example '--watch-cache=false'. */
  readonly apiServerFlags?: readonly string[];
  /** Told in whole sentences what takes long, namely the build on first use. */
  readonly onProgress?: (line: string) => void;
  /** Gives up starting. A cluster that has started is ended by stop(). */
  readonly signal?: AbortSignal;
  /** Where PATH, HOME and the cache variables are read. @default {process.env} */
  readonly env?: NodeJS.ProcessEnv;
}

export interface ClusterPids {
  readonly etcd: number;
  readonly apiServer: number;
  readonly controllerManager: number;
}

/** A control plane of this process: it ends with the process, however that ends. */
export interface RunningCluster {
  readonly kubeconfigPath: string;
  /** https://address:port */
  readonly server: string;
  /** Of Kubernetes, for example "v1.36.3". */
  readonly version: string;
  /** The present process ids; the API server's changes when it is restarted. */
  readonly pids: ClusterPids;
  /** Resolves if a part of the cluster ends that nobody asked to; the rest still runs then. */
  readonly failed: Promise<Error>;
  /** Ends the API server without warning, as a crash would. Clients see cut connections, then refusals. */
  killApiServer(): Promise<void>;
  /** Ends the API server cleanly if it runs, starts it on the same port, and resolves when it is ready. */
  restartApiServer(): Promise<void>;
  /** Copies what etcd holds at this moment, while it stands still for some 100 ms. The copy goes with the cluster. */
  backUpEtcd(): Promise<EtcdBackup>;
  /**
   * Ends the control plane without warning and starts it, on the same port, with what a backup holds: what was
   * written since is gone, and its resourceVersions are given out again.
   */
  restoreEtcd(backup: EtcdBackup): Promise<void>;
  /** Ends every process, in order if data is kept, and removes what was made for this run. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts etcd, the API server and the controller manager on loopback, and resolves when the API server
 * is ready and ServiceAccounts are being made. Clusters never share a port, a token or a key. Neither
 * KUBECONFIG nor ~/.kube is read or written.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<RunningCluster> {
  const { signal, onProgress, env = process.env } = options;
  const kubeconfig = options.kubeconfig === undefined ? undefined : resolve(options.kubeconfig);
  if (kubeconfig !== undefined) await assertReplaceable(kubeconfig);
  if (options.port !== undefined && !(await isPortFree(options.port))) {
    throw new Error(`Cannot start a cluster on port ${options.port} of 127.0.0.1: the port is in use`);
  }
  const binary = await controlPlaneBinary({
    env,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  const dataDir = options.dataDir === undefined ? undefined : resolve(options.dataDir);
  const files = await prepareClusterFiles(dataDir);
  const cluster = new LocalCluster(binary, files, kubeconfig ?? files.adminKubeconfig, options);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.abandon();
    throw error;
  }
}

class LocalCluster implements RunningCluster {
  readonly kubeconfigPath: string;
  readonly version: string;
  readonly failed: Promise<Error>;
  readonly #program: string;
  readonly #files: ClusterFiles;
  readonly #options: ClusterOptions;
  #port = 0;
  #etcd: ServerProcess | undefined;
  #apiServer: ServerProcess | undefined;
  #controllerManager: ServerProcess | undefined;
  readonly #wanted = new Set<ServerProcess>();
  #reportFailure: (error: Error) => void = () => {};
  #stopping: Promise<void> | undefined;
  #backups = 0;

  constructor(binary: KubernetesBinary, files: ClusterFiles, kubeconfigPath: string, options: ClusterOptions) {
    this.#program = binary.path;
    this.version = binary.version;
    this.#files = files;
    this.#options = options;
    this.kubeconfigPath = kubeconfigPath;
    this.failed = new Promise((report) => (this.#reportFailure = report));
  }

  get server(): string {
    return `https://${this.#options.addressForNodes ?? '127.0.0.1'}:${this.#port}`;
  }

  get pids(): ClusterPids {
    return {
      etcd: this.#etcd?.pid ?? 0,
      apiServer: this.#apiServer?.pid ?? 0,
      controllerManager: this.#controllerManager?.pid ?? 0,
    };
  }

  async start(): Promise<void> {
    const files = this.#files;
    this.#startEtcd();
    await this.#startApiServerOnSomePort();
    await writeFile(files.portFile, String(this.#port));
    const admin = await this.#connection(files.adminToken);
    // Ours alone, so an older run's file of the same name may go.
    await rm(files.controllerManagerKubeconfig, { force: true });
    await writeKubeconfig(
      files.controllerManagerKubeconfig,
      { ...admin, token: files.controllerManagerToken },
      'keywright-controller-manager',
    );
    const controllerManager = this.#startControllerManager();
    await this.#until('the default ServiceAccount', controllerManager, () =>
      answersOk(admin, '/api/v1/namespaces/default/serviceaccounts/default'),
    );
    await writeKubeconfig(this.kubeconfigPath, admin, 'keywright-admin');
  }

  async killApiServer(): Promise<void> {
    const apiServer = this.#apiServer;
    if (apiServer === undefined) return;
    this.#wanted.delete(apiServer);
    await apiServer.kill();
  }

  async restartApiServer(): Promise<void> {
    if (this.#apiServer !== undefined) await this.#end(this.#apiServer);
    await this.#startApiServer();
  }

  async backUpEtcd(): Promise<EtcdBackup> {
    const { pid } = this.#running(this.#etcd);
    this.#backups += 1;
    const folder = join(this.#files.runFolder, `etcd-backup-${this.#backups}`);
    // What a process that stands still has written is what it would find after a crash.
    process.kill(pid, 'SIGSTOP');
    try {
      await copyEtcdData(this.#files.etcdData, folder);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    return { folder };
  }

  async restoreEtcd({ folder }: EtcdBackup): Promise<void> {
    for (const part of this.#parts()) {
      this.#wanted.delete(part);
      await part.kill();
    }
    await rm(this.#files.etcdData, { recursive: true });
    await copyEtcdData(folder, this.#files.etcdData);
    this.#startEtcd();
    await this.#startApiServer();
    this.#startControllerManager();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** The end of what nobody needs: no time is given, and an API server without etcd would not heed SIGTERM. */
  async abandon(): Promise<void> {
    for (const part of this.#parts()) {
      this.#wanted.delete(part);
      await part.kill();
    }
    await rm(this.#files.runFolder, { recursive: true, force: true });
  }

  async #stop(): Promise<void> {
    if (this.#options.dataDir === undefined) return await this.abandon();
    for (const part of this.#parts()) await this.#end(part);
    await rm(this.#files.runFolder, { recursive: true, force: true });
  }

  /** In the order in which they end: each before what it needs. */
  #parts(): readonly ServerProcess[] {
    return [this.#controllerManager, this.#apiServer, this.#etcd].filter((part) => part !== undefined);
  }

  async #end(part: ServerProcess): Promise<void> {
    this.#wanted.delete(part);
    await part.stop();
  }

  async #startApiServerOnSomePort(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#port = this.#options.port ?? (await this.#earlierPort()) ?? (await freePort());
      try {
        return await this.#startApiServer();
      } catch (error) {
        const taken = error instanceof Error && error.message.includes('address already in use');
        if (!taken || this.#options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  async #earlierPort(): Promise<number | undefined> {
    const port = Number(await readFile(this.#files.portFile, 'utf8').catch(() => '0'));
    return port > 0 && (await isPortFree(port)) ? port : undefined;
  }

  #startEtcd(): void {
    this.#etcd = this.#spawn('etcd', etcdFlags(this.#files));
  }

  #startControllerManager(): ServerProcess {
    const flags = controllerManagerFlags(this.#files, this.#options.addressForNodes);
    return (this.#controllerManager = this.#spawn('controller-manager', flags));
  }

  #running(part: ServerProcess | undefined): ServerProcess {
    if (part?.running !== true) throw new Error('Cannot back up a cluster: its etcd does not run');
    return part;
  }

  async #startApiServer(): Promise<void> {
    const { addressForNodes, apiServerFlags: added = [] } = this.#options;
    const flags = [...apiServerFlags(this.#files, this.#port, addressForNodes), ...added];
    const apiServer = this.#spawn('apiserver', flags);
    this.#apiServer = apiServer;
    await this.#until('the API server', apiServer, async () =>
      answersOk(await this.#connection(this.#files.adminToken), '/readyz'),
    );
  }

  async #connection(token: string): Promise<ApiConnection> {
    return { server: this.server, ca: await readFile(this.#files.servingCertificate, 'utf8'), token };
  }

  #spawn(role: string, flags: readonly string[]): ServerProcess {
    const part = new ServerProcess({
      name: role,
      program: this.#program,
      args: [
        '--parent-pipe',
        ...(role === 'etcd' ? [`--remove-orphaned=${this.#files.runFolder}`] : []),
        role,
        ...flags,
      ],
      logFile: this.#files.log(role),
      // Nothing of the caller's environment: no KUBECONFIG, no proxy, no in-cluster variables.
      env: { PATH: '/usr/bin:/bin', HOME: this.#files.runFolder },
    });
    this.#wanted.add(part);
    void part.ended.then(async (how) => {
      if (this.#wanted.has(part)) this.#reportFailure(await failureOf(part, how));
    });
    return part;
  }

  /** Polls until `probe` is true. Rejects with the log of a part that ends meanwhile. */
  async #until(what: string, part: ServerProcess, probe: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await probe().catch(() => false))) {
      this.#options.signal?.throwIfAborted();
      for (const process of [this.#etcd, part]) {
        if (process !== undefined && !process.running) throw await failureOf(process, await process.ended);
      }
      if (performance.now() > deadline) {
        throw new Error(
          `Cannot start a cluster: ${what} was not ready in time. Its last lines:\n${await part.logTail()}`,
        );
      }
      await sleep(POLL_MS);
    }
  }
}

async function answersOk(connection: ApiConnection, path: string): Promise<boolean> {
  return (await apiRequest(connection, { path, timeoutMs: PROBE_TIMEOUT_MS })).status === 200;
}

async function failureOf(part: ServerProcess, how: string): Promise<Error> {
  return new Error(`Cluster failed: ${part.name} ${how}. Its last lines:\n${await part.logTail()}`);
}
