import type { ApiConnection } from '../../test/support/cluster/api-request.ts';
import { writeKubeconfig } from '../../test/support/cluster/kubeconfig-file.ts';
import { requestToken } from '../../test/support/cluster/request-token.ts';
import { isGranted } from '../../test/support/harness/access-review.ts';
import { applyObject } from '../../test/support/harness/apply-manifests.ts';
import { applyFiles } from './apply-files.ts';
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
  await applyFiles(admin, 'deploy/rbac');
  const token = await requestToken(admin, OPERATOR_NAMESPACE, OPERATOR_ACCOUNT, TOKEN_SECONDS);
  const { server, ca } = admin;
  await writeKubeconfig(kubeconfig, { server, token, ...(ca === undefined ? {} : { ca }) }, OPERATOR_ACCOUNT);
  await until(() => mayLead(admin), { what: 'the API server grants the roles of deploy/rbac', signal });
}

/** The API server notices a new binding through a watch, some milliseconds after it was written. */
async function mayLead(admin: ApiConnection): Promise<true | undefined> {
  const right = { group: 'coordination.k8s.io', resource: 'leases', verb: 'create', namespace: OPERATOR_NAMESPACE };
  const user = `system:serviceaccount:${OPERATOR_NAMESPACE}:${OPERATOR_ACCOUNT}`;
  return (await isGranted(admin, user, right)) ? true : undefined;
}
