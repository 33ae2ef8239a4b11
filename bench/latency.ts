import { API_KEYS } from '../src/api/resources.ts';
import { eventually } from '../test/support/harness/eventually.ts';
import { watchArrivals } from './arrivals.ts';
import type { BenchCluster } from './bench-cluster.ts';
import { isReady } from './keys-on-server.ts';
import { AUTHORS, benchKey } from './workload.ts';

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
  await using arrivals = await watchArrivals(client);
  const latencies: number[] = [];
  for (const name of names) {
    latencies.push(await arrivals.latencyOf(name, 1, () => client.create(API_KEYS, benchKey(project, name))));
    await eventually(
      async () => {
        if (!isReady(await client.get(API_KEYS, { namespace: AUTHORS, name }))) throw new Error(`${name} is not Ready`);
      },
      { intervalMs: 10 },
    );
  }
  return latencies;
}
