import type { ApiConnection } from '../../test/support/cluster/api-request.ts';
import { writeKubeconfig } from '../../test/support/cluster/kubeconfig-file.ts';
import { applyManifests, applyObject } from '../../test/support/harness/apply-manifests.ts';
import { call } from './cluster-access.ts';
import { until } from './until.ts';

/** What deploy/rbac/ is written for. */
export const OPERATOR_NAMESPACE = 'keywright-system';
export const OPERATOR_ACCOUNT = 'keywright';

/** The demo may be left running for long; a cluster that grants less ends the operator's access earlier. */
const TOKEN_SECONDS = 7 * 24 * 3_600;

/**
 * Gives the operator its namespace, its ServiceAccount and exactly the roles of deploy/rbac/, and writes a kubeconfig
 * that makes whoever uses it that account. Resolves when the API server grants the roles.
 */
export async function installOperatorAccount(
  admin: ApiConnection,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<void> {
  await applyObject(admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE } });
  await applyManifests(admin, 'deploy/rbac');
  const answer = await call(admin, {
    method: 'POST',
    path: `/api/v1/namespaces/${OPERATOR_NAMESPACE}/serviceaccounts/${OPERATOR_ACCOUNT}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: TOKEN_SECONDS } },
  });
  const { token } = (answer as { status: { token: string } }).status;
  const { server, ca } = admin;
  await writeKubeconfig(kubeconfig, { server, token, ...(ca === undefined ? {} : { ca }) }, OPERATOR_ACCOUNT);
  await until(() => isGranted(admin), { what: 'the API server grants the roles of deploy/rbac', signal });
}

/** The API server notices a new binding through a watch, some milliseconds after it was written. */
async function isGranted(admin: ApiConnection): Promise<true | undefined> {
  const answer = await call(admin, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${OPERATOR_NAMESPACE}:${OPERATOR_ACCOUNT}`,
        resourceAttributes: {
          group: 'coordination.k8s.io',
          resource: 'leases',
          verb: 'create',
          namespace: OPERATOR_NAMESPACE,
        },
      },
    },
  });
  return (answer as { status: { allowed: boolean } }).status.allowed ? true : undefined;
}
