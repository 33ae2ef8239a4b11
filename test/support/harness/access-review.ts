import { callAs, type ApiConnection } from '../cluster/api-request.ts';

/** What a SubjectAccessReview asks about; what is undefined is not asked. */
export interface ResourceAttributes {
  readonly verb: string | undefined;
  readonly group?: string | undefined;
  readonly resource: string | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Does RBAC grant this to the user, by what the API server knows now? */
export async function isGranted(
  admin: ApiConnection,
  user: string,
  resourceAttributes: ResourceAttributes,
): Promise<boolean> {
  const review = await callAs(admin, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, resourceAttributes },
    },
  });
  return (review as { status: { allowed: boolean } }).status.allowed;
}
