import { callAs, type ApiConnection } from '../../support/cluster/api-request.ts';
import { requestToken } from '../../support/cluster/request-token.ts';
import { isGranted } from '../../support/harness/access-review.ts';
import { applyObject, type Manifest } from '../../support/harness/apply-manifests.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { ruleName, type RoleRule } from '../../support/role-rules.ts';

const GROUP = 'rbac.authorization.k8s.io';
const API = `${GROUP}/v1`;
const RBAC = `/apis/${API}`;
const OPERATOR = { kind: 'ServiceAccount', name: 'keywright', namespace: OPERATOR_NAMESPACE };
/** As the tests' installation names it. */
const DELIVERY_BINDING = `keywright-delivery-${OPERATOR_NAMESPACE}`;

interface Role {
  readonly metadata: object;
  readonly rules: readonly Omit<RoleRule, 'role' | 'kind' | 'name'>[];
}

/**
 * Takes one rule out of its role, and resolves when the API server no longer grants it to `user`.
 *
 * @returns what puts it back.
 */
export async function withoutRule(
  admin: ApiConnection,
  rule: RoleRule,
  { user, namespace }: { readonly user: string; readonly namespace: string },
): Promise<() => Promise<void>> {
  const plural = rule.kind === 'Role' ? `namespaces/${namespace}/roles` : 'clusterroles';
  const path = `${RBAC}/${plural}/${rule.name}`;
  const role = (await callAs(admin, { path })) as Role;
  const rules = role.rules.filter((other) => ruleName({ ...rule, ...unnamed, ...other }) !== ruleName(rule));
  if (rules.length !== role.rules.length - 1) throw new Error(`${ruleName(rule)} is not in the role once`);
  await patchRules(admin, path, rules);
  const scope = rule.kind === 'Role' ? { namespace } : {};
  await eventually(async () => {
    if (await isRuleGranted(admin, user, rule, scope)) throw new Error(`${ruleName(rule)} is still granted`);
  });
  return async () => patchRules(admin, path, role.rules);
}

/**
 * Binds keywright-delivery in each of the namespaces instead of in the whole cluster, and a role for events where those
 * about the operator and about projects lie.
 *
 * @returns what binds it in the whole cluster again.
 */
export async function deliverOnlyTo(admin: ApiConnection, namespaces: readonly string[]): Promise<() => Promise<void>> {
  for (const namespace of namespaces) {
    await applyObject(admin, deliveryBinding('RoleBinding', { name: 'keywright-delivery', namespace }));
  }
  for (const namespace of [OPERATOR_NAMESPACE, 'default']) {
    const metadata = { name: 'keywright-events', namespace };
    const rules = [{ apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] }];
    await applyObject(admin, { apiVersion: API, kind: 'Role', metadata, rules });
    const roleRef = { apiGroup: GROUP, kind: 'Role', name: metadata.name };
    await applyObject(admin, { apiVersion: API, kind: 'RoleBinding', metadata, roleRef, subjects: [OPERATOR] });
  }
  await callAs(admin, { method: 'DELETE', path: `${RBAC}/clusterrolebindings/${DELIVERY_BINDING}` });
  return async () => applyObject(admin, deliveryBinding('ClusterRoleBinding', { name: DELIVERY_BINDING }));
}

function deliveryBinding(
  kind: 'RoleBinding' | 'ClusterRoleBinding',
  metadata: { readonly name: string; readonly namespace?: string },
): Manifest {
  const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: 'keywright-delivery' };
  return { apiVersion: API, kind, metadata, roleRef, subjects: [OPERATOR] };
}

/**
 * Takes what `deliverOnlyTo` bound in one of the namespaces away, and resolves when the API server no longer grants it.
 *
 * @returns what puts it back.
 */
export async function withoutDelivery(
  admin: ApiConnection,
  { namespace, user }: { readonly namespace: string; readonly user: string },
): Promise<() => Promise<void>> {
  const path = `${RBAC}/namespaces/${namespace}/rolebindings/keywright-delivery`;
  await callAs(admin, { method: 'DELETE', path });
  await eventually(async () => {
    const right = { namespace, verb: 'list', group: '', resource: 'secrets' };
    if (await isGranted(admin, user, right)) throw new Error(`Secrets of ${namespace} are still granted`);
  });
  return async () => applyObject(admin, deliveryBinding('RoleBinding', { name: 'keywright-delivery', namespace }));
}

/** Makes a ServiceAccount with the given rules alone. @returns its token. */
export async function accountWith(
  admin: ApiConnection,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  rules: readonly RoleRule[],
): Promise<string> {
  await applyObject(admin, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  for (const kind of ['Role', 'ClusterRole'] as const) {
    const own = rules.filter((rule) => rule.kind === kind);
    const metadata = kind === 'Role' ? { name, namespace } : { name };
    const granted = own.map(({ apiGroups, resources, resourceNames, verbs }) => ({
      apiGroups,
      resources,
      resourceNames,
      verbs,
    }));
    await applyObject(admin, { apiVersion: API, kind, metadata, rules: granted });
    const roleRef = { apiGroup: GROUP, kind, name };
    await applyObject(admin, { apiVersion: API, kind: `${kind}Binding`, metadata, roleRef, subjects });
  }
  return await requestToken(admin, namespace, name);
}

/** A rule that names no objects has no such field on the wire. */
const unnamed = { resourceNames: [] };

async function patchRules(admin: ApiConnection, path: string, rules: Role['rules']): Promise<void> {
  await callAs(admin, {
    method: 'PATCH',
    path,
    body: { rules },
    contentType: 'application/merge-patch+json',
  });
}

async function isRuleGranted(
  admin: ApiConnection,
  user: string,
  { apiGroups: [group], resources: [first = ''], resourceNames: [name], verbs: [verb] }: RoleRule,
  scope: { readonly namespace?: string },
): Promise<boolean> {
  const [resource, subresource] = first.split('/');
  return await isGranted(admin, user, { ...scope, verb, group, resource, subresource, name });
}
