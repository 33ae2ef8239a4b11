import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { DeclaredKey } from './declared-key.ts';
import type { Surroundings } from './edits/scene.ts';
import { apply, createNamespace } from './server.ts';
import type { ClusterState } from './settled/cluster-state.ts';
import { BYSTANDER, declaredProject, namespacesOf, tenantsOf } from './tenants.ts';
import { followEvents } from './witness/event-stream.ts';
import type { Witness } from './witness/witness.ts';

const TENANTS = 3;
const API_KEYS_EACH = 4;
const CRYPTO_KEYS_EACH = 2;

/** Projects and namespaces on an empty cluster, and keys of which none is declared yet. */
export async function prepareGround(client: KubeClient): Promise<Surroundings> {
  const tenants = tenantsOf(TENANTS);
  for (const name of [BYSTANDER, ...tenants.flatMap(namespacesOf)]) await createNamespace(client, name);
  for (const tenant of tenants) await apply(client, KEY_PROJECTS, declaredProject(tenant).build());
  const keys = tenants.flatMap((tenant) => [
    ...Array.from({ length: API_KEYS_EACH }, (_, number) => new DeclaredKey(tenant, 'ApiKey', number)),
    ...Array.from({ length: CRYPTO_KEYS_EACH }, (_, number) => new DeclaredKey(tenant, 'CryptoKey', number)),
  ]);
  let edits = 0;
  return { client, tenants, keys, backups: [], unique: () => `edit-${(edits += 1)}` };
}

/** Has the witness see all that happens from now on to Secrets, records and keys. */
export async function watchGround(
  client: KubeClient,
  witness: Witness,
): Promise<AsyncDisposable & { upTo(state: ClusterState): Promise<void> }> {
  const secrets = await followEvents(client, SECRETS, (event) => witness.seeSecret(event));
  const apiKeys = await followEvents(client, API_KEYS, (event) => witness.seeKey(event));
  const cryptoKeys = await followEvents(client, CRYPTO_KEYS, (event) => witness.seeKey(event));
  return {
    upTo: async (state) => {
      const keys = [...state.keys.values()];
      await secrets.upTo([...state.secrets, ...state.records]);
      await apiKeys.upTo(keys.filter(({ kind }) => kind === 'ApiKey'));
      await cryptoKeys.upTo(keys.filter(({ kind }) => kind === 'CryptoKey'));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([secrets.stop(), apiKeys.stop(), cryptoKeys.stop()]);
    },
  };
}
