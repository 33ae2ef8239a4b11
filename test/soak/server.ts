import { undefinedIfNotFound, isConflict } from '../../src/kube/errors/api-error.ts';
import type { KubeClient, ObjectRef } from '../../src/kube/client/client.ts';
import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { NAMESPACES, type Resource } from '../../src/kube/objects/resource.ts';
import { eventually } from '../support/harness/eventually.ts';

const ATTEMPTS = 4;
/** Its keys go with it, and an operator that withdraws them may have to start first. */
const NAMESPACE_GONE_MS = 240_000;

export async function read<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  ref: ObjectRef,
): Promise<T | undefined> {
  return client.get(resource, ref).catch(undefinedIfNotFound);
}

/** Makes the object be as it is given, as GitOps does; labels and annotations of others stay. */
export async function apply<T extends KubeObject & { readonly spec?: unknown }>(
  client: KubeClient,
  resource: Resource<T>,
  wanted: T,
): Promise<void> {
  await insistently(async () => {
    const there = await read(client, resource, wanted.metadata);
    if (there === undefined) await client.create(resource, wanted);
    else
      await client.update(resource, { ...there, apiVersion: wanted.apiVersion, kind: wanted.kind, spec: wanted.spec });
  });
}

/** Orders the object's deletion. Resolves with false if it is not there. @param only The uid of the one that is meant. */
export async function remove(client: KubeClient, resource: Resource, ref: ObjectRef, only?: string): Promise<boolean> {
  return insistently(async () => {
    const there = await read(client, resource, ref);
    if (there === undefined) return false;
    const { uid = '', resourceVersion = '' } = there.metadata;
    if (only !== undefined && uid !== only) return false;
    await client.delete(resource, ref, { uid, resourceVersion });
    return true;
  });
}

export async function createNamespace(client: KubeClient, name: string): Promise<void> {
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** Deletes a namespace with all that is in it, waits until it is gone, and makes an empty one of its name. */
export async function recreateNamespace(client: KubeClient, name: string): Promise<void> {
  const before = await read(client, NAMESPACES, { name });
  // Not one that another writer has made anew meanwhile: nobody would wait for the end of that.
  if (before !== undefined) await remove(client, NAMESPACES, { name }, before.metadata.uid);
  await eventually(
    async () => {
      // Another writer that waits for the same may be faster.
      const now = await read(client, NAMESPACES, { name });
      if (now !== undefined && now.metadata.uid === before?.metadata.uid) throw new Error(`${name} is still there`);
    },
    { timeoutMs: NAMESPACE_GONE_MS, intervalMs: 250 },
  );
  await createNamespace(client, name);
}

/** Reads and writes again when somebody else was faster. @throws the last conflict, or what else failed. */
export async function insistently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS - 1; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error) || left === 0) throw error;
    }
  }
}
