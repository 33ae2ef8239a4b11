import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { yamlDocuments } from '../../support/yaml-documents.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'deploy/policies');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const files = readdirSync(FOLDER);

interface Policy {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly failurePolicy: string;
    readonly validations: readonly { readonly reason?: string; readonly expression: string }[];
    readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  };
}

interface Binding {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly policyName: string; readonly validationActions: readonly string[] };
}

/** What a file begins with; one may have a second policy, which comes with it. */
function contentOf(file: string): readonly [Policy, Binding, ...(Policy | Binding)[]] {
  return yamlDocuments(readFileSync(join(FOLDER, file), 'utf8')) as unknown as [Policy, Binding];
}

const pairs = files.flatMap((file) => {
  const content = contentOf(file) as readonly unknown[] as readonly (Policy & Binding)[];
  return content.flatMap((policy, at) => (at % 2 === 0 ? [{ file, policy, binding: content[at + 1] }] : []));
});

test.each(pairs)(
  '$file: $policy.metadata.name fails closed, and is followed by the binding by which it denies',
  (pair) => {
    const { file, policy, binding } = pair;
    const { name } = policy.metadata;
    expect(name).toMatch(new RegExp(`^keywright-${file.replace('.yaml', '')}(-|$)`));
    expect(policy.spec.failurePolicy).toBe('Fail');
    expect(policy.spec.validations.map(({ reason }) => reason)).not.toContain(undefined);
    expect(binding).toMatchObject({ metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } });
  },
);

test('docs/security.md has a row for each policy', () => {
  const rows = Array.from(read('docs/security.md').matchAll(/^\| (keywright-[\w-]+) /gm), ([, name]) => name);
  for (const file of files) expect(rows).toContain(`keywright-${file.replace('.yaml', '')}`);
});

test('keywright-deploy-environments judges as many environments as a key may have', () => {
  const crd = read('crds/keywright.dev_apikeys.yaml');
  const { spec } = parse(crd) as { spec: { versions: readonly { schema: { openAPIV3Schema: unknown } }[] } };
  const [version] = spec.versions;
  expect(version?.schema.openAPIV3Schema).toMatchObject({
    properties: { spec: { properties: { environments: { maxItems: 16 } } } },
  });
  const [{ spec: policy }] = contentOf('deploy-environments.yaml');
  const [bound, ...each] = policy.validations.map(({ expression }) => expression);
  expect(bound).toContain('size() <= 16');
  expect(each.map((expression) => /names\[(\d+)\]/.exec(expression)?.[1])).toEqual(
    Array.from({ length: 16 }, (_, index) => String(index)),
  );
});

test('the two policies about keys are asked about the same changes', () => {
  const [use] = contentOf('use-project.yaml');
  const [deploy] = contentOf('deploy-environments.yaml');
  const orders = deploy.spec.matchConditions?.filter(({ name }) => name === 'orders-something');
  expect(orders).toHaveLength(1);
  expect(use.spec.matchConditions).toEqual(orders);
});

test('keywright-managed-secrets lets the ServiceAccount of deploy/rbac through', () => {
  const { metadata } = parse(read('deploy/rbac/service-account.yaml')) as {
    metadata: { name: string; namespace: string };
  };
  const [{ spec }] = contentOf('managed-secrets.yaml');
  expect(spec.matchConditions?.[0]?.expression).toContain(
    `'system:serviceaccount:${metadata.namespace}:${metadata.name}'`,
  );
});
