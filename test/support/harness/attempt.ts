import { expect } from 'vitest';
import type { ApiKeyBuilder, CryptoKeyBuilder } from '../builders.ts';
import { apiRequest, type ApiConnection, type ApiRequest } from '../cluster/api-request.ts';
import { applyObject } from './apply-manifests.ts';
import { eventually } from './eventually.ts';

const KEYS = '/apis/keywright.dev/v1alpha1/namespaces';
const RBAC = 'rbac.authorization.k8s.io';

/** A rule of a role; a right for `resourceNames` alone where they are given. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Everything about keys that RBAC can tell apart: what people have who may write them. */
export const WRITES_KEYS: Rule = {
  apiGroups: ['keywright.dev'],
  resources: ['apikeys', 'cryptokeys', 'apikeys/status'],
  verbs: ['get', 'create', 'update', 'patch', 'delete'],
};

/** A right for one project, or for "<project>.<environment>". */
export function right(verb: string, resource: string, ...resourceNames: string[]): Rule {
  return { apiGroups: ['keywright.dev'], resources: [resource], resourceNames, verbs: [verb] };
}

/**
 * Gives `user` rights in the whole cluster, and connects as that user: past RBAC's check of who may impersonate, the API
 * server takes one for whom the admin acts as it takes one who logs in.
 */
export async function userWith(admin: ApiConnection, user: string, rules: readonly Rule[]): Promise<ApiConnection> {
  const metadata = { name: `of-${user.replaceAll(':', '-')}` };
  await applyObject(admin, { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules });
  await applyObject(admin, {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: metadata.name },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
  });
  return { ...admin, impersonate: user };
}

/** A call that is judged as if it were carried out, and is not. */
export function dry({ path, ...call }: ApiRequest): ApiRequest {
  return { ...call, path: `${path}?dryRun=All` };
}

export function merge(path: string, body: unknown): ApiRequest {
  return { method: 'PATCH', path, body, contentType: 'application/merge-patch+json' };
}

export function creation(key: ApiKeyBuilder | CryptoKeyBuilder): ApiRequest {
  const body = key.build();
  const plural = body.kind === 'CryptoKey' ? 'cryptokeys' : 'apikeys';
  return { method: 'POST', path: `${KEYS}/${body.metadata.namespace}/${plural}`, body };
}

/** Path of an ApiKey. @param ref "<namespace>/<name>" */
export function keyPath(ref: string): string {
  const [namespace, name] = ref.split('/');
  return `${KEYS}/${namespace}/apikeys/${name}`;
}

/**
 * Resolves when the call succeeds. It may take a moment, until the API server has noticed rights that were granted
 * just before.
 */
export async function expectAllowed(as: ApiConnection, call: ApiRequest): Promise<void> {
  await eventually(async () => {
    const { status, body } = await apiRequest(as, call);
    expect({ status, message: messageOf(body) }).toEqual({ status: call.method === 'POST' ? 201 : 200, message: '' });
  });
}

/** Resolves when the call is refused by the policy with a message that has all of `words`. */
export async function expectDenied(
  as: ApiConnection,
  call: ApiRequest,
  policy: string,
  ...words: string[]
): Promise<void> {
  await eventually(async () => {
    const { status, body } = await apiRequest(as, call);
    const message = messageOf(body);
    expect({ status, message }).toMatchObject({ status: 403 });
    expect(message).toContain(`ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: `);
    // A policy that the API server is still reading up on denies everything, and decides nothing.
    expect(message).not.toContain('failed to configure');
    for (const word of words) expect(message).toContain(word);
  });
}

function messageOf(body: string): string {
  const { kind, message = '' } = JSON.parse(body) as { kind: string; message?: string };
  return kind === 'Status' ? message : '';
}
