import { READY } from '../../src/api/conditions.ts';
import { lossBackoffEndsAt } from '../../src/controllers/planning/mint-checks.ts';
import { conditionOf } from '../../src/kube/objects/conditions.ts';
import type { Surroundings } from './edits/scene.ts';
import { remove } from './server.ts';
import type { ClusterState } from './settled/cluster-state.ts';

/** Nobody waits longer than this for a token. */
const PATIENCE_MS = 10_000;

/**
 * Deletes keys whose token was lost so often that the next one is due in a minute or an hour, as their authors would:
 * until then they cannot come to rest.
 */
export async function abandonLost({ client, keys }: Surroundings, state: ClusterState): Promise<void> {
  for (const key of keys) {
    const owner = `${key.kind}/${key.ref.namespace}/${key.ref.name}`;
    if (key.manifest === undefined || !isWaiting(state, owner)) continue;
    key.manifest = undefined;
    await remove(client, key.resource, key.ref);
  }
}

function isWaiting({ keys, ledgers, now }: ClusterState, owner: string): boolean {
  const ready = conditionOf(keys.get(owner)?.status, READY);
  const environments = ledgers.get(owner)?.environments ?? [];
  const endsAt = Math.max(0, ...environments.map((entry) => lossBackoffEndsAt(entry, now) ?? 0));
  return ready?.status !== 'True' && endsAt > now.getTime() + PATIENCE_MS;
}
