import type { ApiConnection } from '../cluster/api-request.ts';
import { adminConnection, uniqueName } from '../harness.ts';
import { isGranted, type ResourceAttributes } from './access-review.ts';
import { applyManifests, applyObject, type Manifest } from './apply-manifests.ts';
import { eventually } from './eventually.ts';

/** The namespace and the ServiceAccount that deploy/rbac/ is written for. */
const SHIPPED_NAMESPACE = 'keywright-system';
export const OPERATOR_ACCOUNT = 'keywright';

/**
 * Gives a namespace of a test's own the operator's ServiceAccount "keywright" with exactly the roles of
 * deploy/rbac/, and resolves when the API server grants them. Operators of several tests do not meet,
 * except in the objects of the whole cluster.
 *
 * @param connection An admin's. Absent: that of the run's shared cluster.
 * @returns the namespace, for serviceAccountClient(namespace, OPERATOR_ACCOUNT).
 */
export async function installOperatorRoles(
  namespace: string = uniqueName('operator'),
  connection?: ApiConnection,
): Promise<string> {
  const admin = connection ?? (await adminConnection());
  await applyObject(admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await applyManifests(admin, 'deploy/rbac', { change: (manifest) => movedTo(namespace, manifest) });
  await granted(admin, namespace, { group: 'keywright.dev', resource: 'apikeys', verb: 'list' });
  await granted(admin, namespace, { group: 'coordination.k8s.io', resource: 'leases', verb: 'create', namespace });
  return namespace;
}

function movedTo(namespace: string, manifest: Manifest): Manifest {
  const moved = JSON.parse(JSON.stringify(manifest).replaceAll(`"${SHIPPED_NAMESPACE}"`, `"${namespace}"`)) as Manifest;
  if (moved.kind !== 'ClusterRoleBinding') return moved;
  return { ...moved, metadata: { ...moved.metadata, name: `${moved.metadata.name}-${namespace}` } };
}

/** The API server notices a new binding through a watch, some milliseconds after it was written. */
async function granted(admin: ApiConnection, namespace: string, resourceAttributes: ResourceAttributes): Promise<void> {
  await eventually(async () => {
    const allowed = await isGranted(
      admin,
      `system:serviceaccount:${namespace}:${OPERATOR_ACCOUNT}`,
      resourceAttributes,
    );
    if (!allowed) throw new Error(`the operator may not ${resourceAttributes.verb} ${resourceAttributes.resource}`);
  });
}
