import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiRequest, type ApiConnection } from '../cluster/api-request.ts';
import { EtcdStore, type StoredKey } from '../cluster/etcd-store.ts';
import { readKubeconfig } from '../cluster/kubeconfig-file.ts';
import { leftovers } from '../cluster/leftovers.ts';
import { startCluster, type RunningCluster } from '../cluster/start-cluster.ts';
import { applyManifests } from './apply-manifests.ts';
import { eventually } from './eventually.ts';
import { installOperatorRoles } from './operator-roles.ts';

/** What tests read or watch of all namespaces, of which a clean cluster has none. */
const OF_TESTS = [
  '/api/v1/secrets',
  '/apis/keywright.dev/v1alpha1/apikeys',
  '/apis/keywright.dev/v1alpha1/cryptokeys',
  '/apis/keywright.dev/v1alpha1/keyprojects',
];
const REST_MS = 200;

interface CleanCluster {
  readonly cluster: RunningCluster;
  readonly connection: ApiConnection;
  readonly store: EtcdStore;
  /** What it keeps while nobody has it. */
  readonly keys: readonly StoredKey[];
}

/**
 * Clusters with Keywright's CRDs and the operator's roles and nothing else, each lent to one at a time. What comes
 * back is made clean and lent again, in a fraction of the time of a start. One that cannot be made clean is ended: its
 * CRDs or roles were written to, it has admission policies, its API server is dead.
 */
export class CleanClusters {
  readonly #namespace: string;
  readonly #all = new Set<RunningCluster>();
  readonly #lent = new Map<string, CleanCluster>();
  readonly #idle: Promise<CleanCluster | undefined>[] = [];

  /** @param namespace Where the operator has its ServiceAccount. */
  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** @returns the path of the admin's kubeconfig, by which the cluster comes back. */
  async lend(): Promise<string> {
    let clean: CleanCluster | undefined;
    while (clean === undefined && this.#idle.length > 0) clean = await this.#idle.shift();
    clean ??= await this.#start();
    const { kubeconfigPath } = clean.cluster;
    this.#lent.set(kubeconfigPath, clean);
    return kubeconfigPath;
  }

  /** @throws {RangeError} if it is not lent. */
  takeBack(kubeconfigPath: string): void {
    const lent = this.#lent.get(kubeconfigPath);
    if (lent === undefined) throw new RangeError(`Cannot take back a cluster that is not lent: ${kubeconfigPath}`);
    this.#lent.delete(kubeconfigPath);
    this.#idle.push(this.#cleaned(lent));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#idle);
    await Promise.all(Array.from(this.#all, (cluster) => cluster.stop()));
  }

  async #start(): Promise<CleanCluster> {
    const cluster = await startCluster();
    this.#all.add(cluster);
    const connection = await readKubeconfig(cluster.kubeconfigPath);
    await applyManifests(connection, 'crds');
    await installOperatorRoles(this.#namespace, connection);
    const store = new EtcdStore(join(dirname(cluster.kubeconfigPath), 'etcd.sock'));
    return { cluster, connection, store, keys: await keysAtRest(store) };
  }

  /** @returns undefined if it was ended instead. */
  async #cleaned(lent: CleanCluster): Promise<CleanCluster | undefined> {
    const isClean = await clean(lent).catch(() => false);
    if (isClean) return lent;
    this.#all.delete(lent.cluster);
    await lent.cluster.stop();
    return undefined;
  }
}

/** Removes what has come to the cluster. @returns whether it is as it was. */
async function clean({ connection, store, keys }: CleanCluster): Promise<boolean> {
  let isClean = false;
  while (!isClean) {
    const { ranges, lasting } = leftovers(keys, await store.keys());
    if (lasting.length > 0) return false;
    for (const range of ranges) await store.remove(range);
    // Whoever had seen a namespace a moment ago may have put something into it since.
    isClean = ranges.length === 0;
  }
  const options = { timeoutMs: 5_000, intervalMs: 10 };
  for (const path of OF_TESTS) await eventually(() => expectNone(connection, path), options);
  return true;
}

/** Asks what the API server has in memory, which is what watches begin with. @throws while there is something. */
async function expectNone(connection: ApiConnection, path: string): Promise<void> {
  const { body } = await apiRequest(connection, { path: `${path}?resourceVersion=0` });
  const { items } = JSON.parse(body) as { readonly items: readonly unknown[] };
  if (items.length > 0) throw new Error(`there are still ${items.length} at ${path}`);
}

/** Resolves with what the control plane keeps once it writes no more: it goes on for a moment after it is ready. */
async function keysAtRest(store: EtcdStore): Promise<readonly StoredKey[]> {
  for (let before = await store.keys(); ;) {
    await sleep(REST_MS);
    const now = await store.keys();
    const { ranges, lasting } = leftovers(before, now);
    if (ranges.length === 0 && lasting.length === 0) return now;
    before = now;
  }
}
