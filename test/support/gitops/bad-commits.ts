/** One text of examples/gitops replaced by another. */
export interface BadCommit {
  /** As it follows "a commit". */
  readonly which: string;
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

export const REFUSED_BY_POLICY: BadCommit = {
  which: 'that the policy of the project refuses',
  path: 'base/checkout.yaml',
  from: 'charges.read',
  to: 'admin.all',
};

export const REFUSED_BY_API_SERVER: BadCommit = {
  which: 'that the API server refuses',
  path: 'base/checkout.yaml',
  from: 'type: Secret',
  to: 'type: Secrets',
};

export const CHANGING_PROJECT: BadCommit = {
  which: 'that brings the project along',
  path: 'base/checkout.yaml',
  from: 'apiVersion: keywright.dev/v1alpha1',
  to: `apiVersion: keywright.dev/v1alpha1
kind: KeyProject
metadata: { name: payments }
spec:
  authorNamespaces: [payments-config]
  environments: [{ name: production, namespaces: [default] }]
---
apiVersion: keywright.dev/v1alpha1`,
};

export const UNREADABLE: BadCommit = {
  which: 'that cannot be read',
  path: 'base/checkout.yaml',
  from: 'spec:',
  to: 'spec: [',
};
