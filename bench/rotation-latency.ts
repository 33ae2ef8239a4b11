import { API_KEYS } from '../src/api/resources.ts';
import { createKubeClient } from '../src/kube/client/http-client.ts';
import type { Secret } from '../src/kube/objects/objects.ts';
import { SECRETS } from '../src/kube/objects/resource.ts';
import { systemClock } from '../src/system-clock.ts';
import { eventually } from '../test/support/harness/eventually.ts';
import { watchArrivals } from './arrivals.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { declareKeys, isReady, removeKeys, triggerRotation, whenReady } from './keys-on-server.ts';
import { OperatorProcess } from './operator-process.ts';
import { AUTHORS, keyNames, TARGETS } from './workload.ts';

/** Milliseconds, each measured by itself while nothing else was under way. */
export interface RotationLatencies {
  /** From the order being sent until a watch has shown the new version in the Secret of every namespace. */
  readonly rotationsMs: readonly number[];
  /** One PUT of a Secret like those, by the operator's account. Each is measured just before a rotation. */
  readonly putsMs: readonly number[];
}

/** Rotates keys one after the other, each when the one before is Ready again. */
export async function rotationLatencies(
  cluster: BenchCluster,
  project: string,
  rotations: number,
): Promise<RotationLatencies> {
  const names = keyNames('one', rotations);
  const operator = await OperatorProcess.start({ cluster });
  const { ready } = await whenReady(cluster, names);
  await declareKeys(cluster, project, names);
  await ready;
  await operator.settled();
  const figures = await rotateEach(cluster, names);
  await operator.stop();
  await removeKeys(cluster);
  return figures;
}

async function rotateEach(cluster: BenchCluster, names: readonly string[]): Promise<RotationLatencies> {
  const { client } = cluster;
  await using arrivals = await watchArrivals(client);
  await using scale = await scaleSecret(cluster, names[0] ?? '');
  const rotationsMs: number[] = [];
  const putsMs: number[] = [];
  for (const name of names) {
    putsMs.push(await scale.put());
    rotationsMs.push(await arrivals.latencyOf(name, 2, () => triggerRotation(cluster, name)));
    await eventually(
      async () => {
        const key = await client.get(API_KEYS, { namespace: AUTHORS, name });
        if (!isReady(key, 2)) throw new Error(`${name} is not Ready`);
      },
      { intervalMs: 10 },
    );
  }
  return { rotationsMs, putsMs };
}

/** A Secret that is nobody's, with the type and data of the key's first one. */
async function scaleSecret(
  { client, operatorTransport }: BenchCluster,
  key: string,
): Promise<AsyncDisposable & { put(): Promise<number> }> {
  const [namespace = ''] = TARGETS;
  const { type, data } = await client.get(SECRETS, { namespace, name: key });
  const metadata = { namespace, name: 'scale' };
  // As the operator's own account: whom a request is from is part of its cost.
  const bare = createKubeClient({ transport: operatorTransport, clock: systemClock, random: Math.random });
  let secret: Secret = await bare.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    ...(type === undefined ? {} : { type }),
    ...(data === undefined ? {} : { data }),
  });
  let puts = 0;
  return {
    put: async () => {
      puts += 1;
      const annotations = { puts: String(puts) };
      const startedMs = performance.now();
      secret = await bare.update(SECRETS, { ...secret, metadata: { ...secret.metadata, annotations } });
      return performance.now() - startedMs;
    },
    [Symbol.asyncDispose]: async () => {
      const { uid = '', resourceVersion = '' } = secret.metadata;
      await client.delete(SECRETS, metadata, { uid, resourceVersion });
    },
  };
}
