import { undefinedIfNotFound } from '../../kube/errors/api-error.ts';
import type { ObjectRef } from '../../kube/client/client.ts';
import type { KubeObject } from '../../kube/objects/objects.ts';
import type { Resource } from '../../kube/objects/resource.ts';
import type { KeyPorts } from './ports.ts';

/** One live GET; undefined when the object is not there. */
export async function getOrUndefined<T extends KubeObject>(
  { client }: Pick<KeyPorts, 'client'>,
  resource: Resource<T>,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<T | undefined> {
  return await client.get(resource, ref, { signal }).catch(undefinedIfNotFound);
}
