import { FINALIZER } from '../../api/labels.ts';
import type { KeyObject } from '../../api/key-object.ts';
import type { KeyRules } from '../planning/key-rules.ts';
import { getOrUndefined } from '../shared/get-or-undefined.ts';
import type { KeyPorts } from '../shared/ports.ts';

/**
 * Finalizers of others on a key, read live because the cache does not keep them; undefined when the key is gone.
 * A merge patch replaces the whole list: it keeps theirs if it is bound to the version of `key`, which this read
 * cannot be older than.
 */
export async function othersFinalizers(
  ports: Pick<KeyPorts, 'client'>,
  { resource }: Pick<KeyRules, 'resource'>,
  { metadata: { name, namespace = '' } }: KeyObject,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const live = await getOrUndefined(ports, resource, { namespace, name }, signal);
  return live && (live.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
}
