import type { ObjectMeta } from '../../kube/objects/objects.ts';
import type { Caches } from './caches.ts';
import type { KnownNamespace, KnownNamespaces } from '../planning/targets.ts';

/** Every namespace of the cluster, from the cache. Looks at those only that are asked for. */
export function knownNamespaces({ caches }: { readonly caches: Pick<Caches, 'namespaces'> }): KnownNamespaces {
  const { lister } = caches.namespaces;
  return {
    get: (name) => {
      const namespace = lister.get(name);
      return namespace === undefined ? undefined : knownNamespace(namespace.metadata);
    },
    values: () => lister.list().map(({ metadata }) => knownNamespace(metadata)),
  };
}

export function knownNamespace({ name, deletionTimestamp, labels = {} }: ObjectMeta): KnownNamespace {
  return { name, terminating: deletionTimestamp !== undefined, labels };
}
