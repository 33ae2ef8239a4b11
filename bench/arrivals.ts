import { MANAGED_LABEL, OWNER_ANNOTATION, VERSION_ANNOTATION } from '../src/api/labels.ts';
import type { KubeClient } from '../src/kube/client/client.ts';
import { SECRETS } from '../src/kube/objects/resource.ts';
import { AUTHORS, TARGETS } from './workload.ts';

const TIMEOUT_MS = 30_000;
const WATCH_S = 3_600;

/** A watch of delivered Secrets that tells when a version has reached all of them. */
export interface Arrivals extends AsyncDisposable {
  /**
   * One at a time.
   *
   * @returns Milliseconds from `act` being called until the watch has shown the version in the Secret of every
   *   namespace.
   * @throws if that takes more than 30 s.
   */
  latencyOf(name: string, version: number, act: () => Promise<unknown>): Promise<number>;
}

interface Awaited {
  readonly owner: string;
  readonly version: string;
  readonly missing: Set<string>;
  readonly arrived: (atMs: number) => void;
}

/** Sees what is written from now on. */
export async function watchArrivals(client: KubeClient): Promise<Arrivals> {
  const stop = new AbortController();
  const labelSelector = `${MANAGED_LABEL}=true`;
  const { resourceVersion } = await client.list(SECRETS, { labelSelector, limit: 1, metadataOnly: true });
  let awaited: Awaited | undefined;
  const watching = async (): Promise<void> => {
    const options = {
      labelSelector,
      metadataOnly: true,
      resourceVersion,
      timeoutSeconds: WATCH_S,
      signal: stop.signal,
    };
    for await (const { object } of client.watch(SECRETS, options)) {
      const { annotations = {}, namespace = '' } = object.metadata;
      const isAwaited =
        annotations[OWNER_ANNOTATION] === awaited?.owner && annotations[VERSION_ANNOTATION] === awaited?.version;
      if (awaited === undefined || !isAwaited || !awaited.missing.delete(namespace)) continue;
      if (awaited.missing.size === 0) awaited.arrived(performance.now());
    }
  };
  const watch = watching().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    latencyOf: async (name, version, act) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      const owner = `ApiKey/${AUTHORS}/${name}`;
      awaited = { owner, version: String(version), missing: new Set(TARGETS), arrived: resolve };
      const startedMs = performance.now();
      await act();
      return (await withTimeout(promise, name)) - startedMs;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watch;
    },
  };
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
