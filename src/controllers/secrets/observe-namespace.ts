import { NAMESPACES } from '../../kube/objects/resource.ts';
import { knownNamespace } from '../caches/namespaces.ts';
import type { Observation } from '../planning/secret-view.ts';
import { getOrUndefined } from '../shared/get-or-undefined.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { unreachable } from './unreachable.ts';

/** Why a Secret's creation was answered 404: one live GET of the namespace, as a webhook may deny with that code too. */
export async function observeNamespace(ports: KeyPorts, name: string, signal: AbortSignal): Promise<Observation> {
  try {
    const namespace = await getOrUndefined(ports, NAMESPACES, { name }, signal);
    if (namespace === undefined) return { kind: 'NamespaceMissing' };
    return knownNamespace(namespace.metadata).terminating
      ? { kind: 'NamespaceTerminating' }
      : { kind: 'Unreachable', cause: 'DeliveryFailed' };
  } catch (error) {
    return unreachable(error);
  }
}
