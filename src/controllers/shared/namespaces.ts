import type { ObjectMeta } from '../../kube/objects.ts';
import type { Caches } from './caches.ts';
import type { KnownNamespace } from './targets.ts';

/** Every namespace of the cluster, from the cache. */
export function knownNamespaces({
  caches,
}: {
  readonly caches: Pick<Caches, 'namespaces'>;
}): ReadonlyMap<string, KnownNamespace> {
  return new Map(caches.namespaces.lister.list().map(({ metadata }) => [metadata.name, knownNamespace(metadata)]));
}

export function knownNamespace({ name, deletionTimestamp, labels = {} }: ObjectMeta): KnownNamespace {
  return { name, terminating: deletionTimestamp !== undefined, labels };
}
