import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../api/resources.ts';
import { IMPORT_NAME } from '../installation/import-secret.ts';
import type { AccessSubject } from '../kube/cache/informer.ts';
import { CLUSTER_EVENTS_NAMESPACE, EVENTS } from '../kube/events/event.ts';
import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, SECRETS } from '../kube/objects/resource.ts';

/** Verbs on one resource that one role grants together. Without a namespace: in the whole cluster. */
export interface RequiredRight extends AccessSubject {
  readonly verbs: readonly ('get' | 'create' | 'update' | 'patch' | 'delete')[];
  readonly subresource?: 'status';
  /** Of the one object that the right is limited to. */
  readonly name?: string;
}

export interface RightsScope {
  /** The operator's own. */
  readonly namespace: string;
  /** Absent: the whole cluster. */
  readonly watchNamespaces?: readonly string[] | undefined;
}

/**
 * What the operator does with objects it reads live or writes, as the roles of deploy/rbac grant it; docs/security.md
 * says why. Lists, watches and the lease are not among it: whether those are refused shows where they are tried.
 */
export function requiredRights({ namespace, watchNamespaces }: RightsScope): readonly RequiredRight[] {
  const own = { namespace };
  const inEach = (names: readonly string[] | undefined): readonly Partial<typeof own>[] =>
    names === undefined ? [{}] : [...new Set(names)].map((name) => ({ namespace: name }));
  const served = inEach(watchNamespaces);
  // About its own Secrets, about projects, and about keys.
  const told = inEach(watchNamespaces && [namespace, CLUSTER_EVENTS_NAMESPACE, ...watchNamespaces]);
  return [
    { verbs: ['get', 'patch'], resource: KEY_PROJECTS },
    { verbs: ['update'], resource: KEY_PROJECTS, subresource: 'status' },
    { verbs: ['get'], resource: NAMESPACES },
    ...[KEY_PROJECTS, API_KEYS, CRYPTO_KEYS].map(({ plural, group }): RequiredRight => ({
      verbs: ['get'],
      resource: CUSTOM_RESOURCE_DEFINITIONS,
      name: `${plural}.${group}`,
    })),
    ...served.flatMap((scope): readonly RequiredRight[] => [
      { verbs: ['get', 'patch'], resource: API_KEYS, ...scope },
      { verbs: ['update'], resource: API_KEYS, subresource: 'status', ...scope },
      { verbs: ['get', 'patch'], resource: CRYPTO_KEYS, ...scope },
      { verbs: ['update'], resource: CRYPTO_KEYS, subresource: 'status', ...scope },
      { verbs: ['get', 'create', 'update', 'delete'], resource: SECRETS, ...scope },
    ]),
    ...told.map((scope): RequiredRight => ({ verbs: ['create', 'patch'], resource: EVENTS, ...scope })),
    { verbs: ['get', 'create', 'update', 'delete'], resource: SECRETS, ...own },
    { verbs: ['create'], resource: CONFIG_MAPS, ...own },
    { verbs: ['get', 'update', 'delete'], resource: CONFIG_MAPS, name: IMPORT_NAME, ...own },
  ];
}
