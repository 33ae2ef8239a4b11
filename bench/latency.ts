import { MANAGED_LABEL, OWNER_ANNOTATION } from '../src/api/labels.ts';
import { API_KEYS } from '../src/api/resources.ts';
import { SECRETS } from '../src/kube/objects/resource.ts';
import { eventually } from '../test/support/harness/eventually.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { isReady } from './keys-on-server.ts';
import { AUTHORS, benchKey, TARGETS } from './workload.ts';

const TIMEOUT_MS = 30_000;

/**
 * Applies one key after the other, each when the one before is Ready.
 *
 * @returns For each the milliseconds from the apply being sent until a watch has shown its Secret in every namespace.
 */
export async function deliveryLatencies(
  { client }: BenchCluster,
  project: string,
  names: readonly string[],
): Promise<readonly number[]> {
  const stop = new AbortController();
  const owners = new Map<string, { missing: number; arrived: (atMs: number) => void }>();
  const watching = async (): Promise<void> => {
    const { resourceVersion } = await client.list(SECRETS, {
      labelSelector: `${MANAGED_LABEL}=true`,
      limit: 1,
      metadataOnly: true,
    });
    const options = {
      labelSelector: `${MANAGED_LABEL}=true`,
      metadataOnly: true,
      resourceVersion,
      timeoutSeconds: 900,
    };
    for await (const { type, object } of client.watch(SECRETS, { ...options, signal: stop.signal })) {
      const owner = owners.get(object.metadata.annotations?.[OWNER_ANNOTATION] ?? '');
      if (type !== 'ADDED' || owner === undefined) continue;
      owner.missing -= 1;
      if (owner.missing === 0) owner.arrived(performance.now());
    }
  };
  const watch = watching().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const latencies: number[] = [];
  for (const name of names) {
    const { promise, resolve } = Promise.withResolvers<number>();
    owners.set(`ApiKey/${AUTHORS}/${name}`, { missing: TARGETS.length, arrived: resolve });
    const appliedMs = performance.now();
    await client.create(API_KEYS, benchKey(project, name));
    latencies.push((await withTimeout(promise, name)) - appliedMs);
    await eventually(
      async () => {
        if (!isReady(await client.get(API_KEYS, { namespace: AUTHORS, name }))) throw new Error(`${name} is not Ready`);
      },
      { intervalMs: 10 },
    );
  }
  stop.abort();
  await watch;
  return latencies;
}

async function withTimeout(arrival: Promise<number>, name: string): Promise<number> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(new Error(`${name} was not delivered in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  try {
    return await Promise.race([arrival, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
