import type { ApiConnection } from '../cluster/api-request.ts';
import { applyObject } from './apply-manifests.ts';

/** A kind of others, namespaced and in version v1. */
export interface OpenKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

/** Applies a CRD that takes any content, for kinds whose own CRD is in no Go module. Resolves when it is served. */
export async function applyOpenCrd(admin: ApiConnection, { group, kind, plural }: OpenKind): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await applyObject(admin, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
}
