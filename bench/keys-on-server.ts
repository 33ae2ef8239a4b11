import { KIND_LABEL, MANAGED_LABEL, RECORD_LABEL } from '../src/api/labels.ts';
import { API_KEYS } from '../src/api/resources.ts';
import type { ApiKey } from '../src/api/generated/api-key.ts';
import { conditionOf } from '../src/kube/objects/conditions.ts';
import type { KubeObject } from '../src/kube/objects/objects.ts';
import type { Resource } from '../src/kube/objects/resource.ts';
import { apiRequest } from '../test/support/cluster/api-request.ts';
import { OPERATOR_NAMESPACE, type BenchCluster } from './bench-cluster.ts';
import { AUTHORS, benchKey, TARGETS } from './workload.ts';

/** Requests side by side. */
const WAYS = 16;

export interface Declared {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Creates the ApiKeys, 16 side by side. Returns them by name. */
export async function declareKeys(
  { client }: BenchCluster,
  project: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Declared>> {
  const declared = new Map<string, Declared>(names.map((name) => [name, { uid: '', resourceVersion: '' }]));
  await sideBySide(names, async (name) => {
    const { metadata } = await client.create(API_KEYS, benchKey(project, name));
    declared.set(name, { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' });
  });
  return declared;
}

/** Removes every key, record, delivered Secret and event of the benchmark. No operator may run. */
export async function removeKeys(cluster: BenchCluster): Promise<void> {
  const { client, admin } = cluster;
  const keys: readonly ApiKey[] = (await client.list(API_KEYS, { namespace: AUTHORS })).items;
  await sideBySide(keys, async ({ metadata: { name, finalizers = [] } }) => {
    if (finalizers.length === 0) return;
    const patch = { metadata: { finalizers: null } };
    await client.patch(API_KEYS, { namespace: AUTHORS, name }, patch);
  });
  const collections = [
    `/apis/${API_KEYS.group}/${API_KEYS.version}/namespaces/${AUTHORS}/${API_KEYS.plural}`,
    `/apis/events.k8s.io/v1/namespaces/${AUTHORS}/events`,
    ...TARGETS.map((namespace) => `/api/v1/namespaces/${namespace}/secrets?labelSelector=${MANAGED_LABEL}=true`),
    `/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets?labelSelector=${RECORD_LABEL}=true,${KIND_LABEL}=ApiKey`,
  ];
  await Promise.all(
    collections.map(async (path) => {
      const { status } = await apiRequest(admin, { method: 'DELETE', path, timeoutMs: 120_000 });
      if (status !== 200) throw new Error(`DELETE ${path} was answered ${status}`);
    }),
  );
}

export interface ReadyOptions {
  /** @default ApiKeys */
  readonly resource?: Resource;
  /** At least. @default 1 */
  readonly version?: number;
}

/** Resolves with the moment at which the last of these keys was Ready with that version, as a watch tells it. */
export async function whenReady(
  { client }: BenchCluster,
  names: readonly string[],
  { resource = API_KEYS, version = 1 }: ReadyOptions = {},
): Promise<{ readonly ready: Promise<number> }> {
  const missing = new Set(names);
  const { resourceVersion } = await client.list(resource, { namespace: AUTHORS, limit: 1 });
  const stop = new AbortController();
  const watching = async (): Promise<number> => {
    try {
      const options = { namespace: AUTHORS, resourceVersion, timeoutSeconds: 900, signal: stop.signal };
      for await (const { object } of client.watch(resource, options)) {
        if (isReady(object, version)) missing.delete(object.metadata.name);
        if (missing.size === 0) return performance.now();
      }
      throw new Error(`${missing.size} keys were not Ready when the watch ended`);
    } finally {
      stop.abort();
    }
  };
  return { ready: watching() };
}

export function isReady(object: KubeObject, atLeast = 1): boolean {
  const { status } = object as ApiKey;
  return (status?.version ?? 0) >= atLeast && conditionOf(status, 'Ready')?.status === 'True';
}

/** Orders a rotation of the key; returns where the key stands then. */
export async function triggerRotation({ client }: BenchCluster, name: string): Promise<Declared> {
  const patch = { spec: { rotation: { trigger: 'leak-drill-2026-11' } } };
  const { metadata } = await client.patch(API_KEYS, { namespace: AUTHORS, name }, patch);
  return { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' };
}

/** Runs the task for every item, 16 at a time. */
export async function sideBySide<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const remaining = items.values();
  const worker = async (): Promise<void> => {
    for (const item of remaining) await task(item);
  };
  await Promise.all(Array.from({ length: WAYS }, worker));
}
