import { PROOF_ANNOTATION } from '../../src/api/labels.ts';
import { KEY_PROJECTS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { SECRETS, type Resource } from '../../src/kube/objects/resource.ts';
import type { Surroundings } from './edits/scene.ts';
import { giveBack } from './edits/secret-edits.ts';
import { resourceOf } from './declared-key.ts';
import { isStranger } from './marks.ts';
import { ownerOfKey, type ClusterState } from './settled/cluster-state.ts';
import { apply, remove } from './server.ts';
import { declaredProject, namespacesOf } from './tenants.ts';

/**
 * What people do after a bad day: projects are put right, everything is applied from Git once more, and Secrets that
 * stand where keys are to be delivered, and that prove nothing, are deleted by their owners.
 */
export async function tidy(surroundings: Surroundings): Promise<void> {
  const { client, tenants, keys } = surroundings;
  for (const tenant of tenants) await apply(client, KEY_PROJECTS, declaredProject(tenant).build());
  for (const { manifest, resource } of keys) if (manifest !== undefined) await apply(client, resource, manifest);
  await removeUndeclared(surroundings);
  const mapped = new Set(tenants.flatMap(namespacesOf));
  const { items } = await client.list(SECRETS);
  for (const secret of items) {
    const { namespace = '', name, annotations = {} } = secret.metadata;
    if (!mapped.has(namespace)) continue;
    if (isStranger(secret.metadata)) await giveBack(surroundings, secret);
    else if (annotations[PROOF_ANNOTATION] === undefined) await remove(client, SECRETS, { namespace, name });
  }
}

/** As GitOps does all the time: what was applied while it was going has gone since. */
export async function applyMissing({ client, keys }: Surroundings, state: ClusterState): Promise<void> {
  for (const { manifest, resource } of keys) {
    if (manifest !== undefined && !state.keys.has(ownerOfKey(manifest))) await apply(client, resource, manifest);
  }
}

/** A writer may have applied a key in the moment in which another deleted it. */
async function removeUndeclared({ client, keys }: Surroundings): Promise<void> {
  const declared = new Set(
    keys.flatMap((key) => (key.manifest === undefined ? [] : [idOf(key.resource, key.manifest)])),
  );
  for (const kind of ['ApiKey', 'CryptoKey'] as const) {
    const resource = resourceOf(kind);
    const { items } = await client.list(resource);
    for (const { metadata } of items) {
      if (!declared.has(idOf(resource, { metadata }))) await remove(client, resource, metadata);
    }
  }
}

function idOf({ kind }: Resource, { metadata }: KubeObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}
