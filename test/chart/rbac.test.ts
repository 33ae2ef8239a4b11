import { describe, expect, it } from 'vitest';
import { readFolder, RELEASE_NAMESPACE, renderChart } from '../support/chart/helm.ts';
import type { Manifest } from '../support/harness/apply-manifests.ts';
import { grantedLines, requiredLines } from '../support/rights-lines.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const FOR_PEOPLE = ['keywright-edit', 'keywright-view'];

/** What decides about rights: no label, no comment. */
function rightsIn(manifests: readonly Manifest[]): Readonly<Record<string, object>> {
  const relevant = manifests.filter(({ apiVersion, kind }) => apiVersion === RBAC || kind === 'ServiceAccount');
  return Object.fromEntries(
    relevant.map(({ kind, metadata: { name, namespace = '' }, rules, roleRef, subjects, ...account }) => [
      `${kind} ${namespace}/${name}`,
      { rules, roleRef, subjects, mountsItself: account['automountServiceAccountToken'] },
    ]),
  );
}

describe('the roles of the chart', () => {
  it('are those of deploy/rbac, under which all integration tests run, whatever is aggregated', async () => {
    const shipped = rightsIn(await readFolder('deploy/rbac'));
    for (const rbac of [{}, { aggregateToView: false }, { aggregateToEdit: true }]) {
      expect(rightsIn(await renderChart({ set: { rbac } }))).toEqual(shipped);
    }
    const forPeople = FOR_PEOPLE.map((name) => shipped[`ClusterRole /${name}`]);
    expect(forPeople).not.toContain(undefined);
    expect(JSON.stringify(forPeople)).not.toContain('secrets');
  });

  it('end at the namespaces named, but for what is said to stay cluster-wide', async () => {
    const manifests = await renderChart({ set: { targetNamespaces: ['payments-config', 'payments-prod'] } });
    const wide = manifests.filter(({ kind }) => kind === 'ClusterRoleBinding');
    expect(wide.map(({ metadata }) => metadata.name)).toEqual(['keywright-keys']);
    const rules = manifests.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'keywright-keys');
    const resources = (rules?.['rules'] as { resources: string[] }[] | undefined)?.flatMap((rule) => rule.resources);
    expect(new Set(resources)).toEqual(
      new Set([
        ...['keyprojects', 'apikeys', 'cryptokeys'].flatMap((name) => [name, `${name}/status`]),
        'namespaces',
        'customresourcedefinitions',
      ]),
    );
    const places = manifests.filter(({ kind }) => kind === 'RoleBinding').map(({ metadata }) => metadata.namespace);
    expect(new Set(places)).toEqual(new Set(['default', 'keywright-system', 'payments-config', 'payments-prod']));
  });

  it('grant in named namespaces all that the operator asks for there, and nothing else', async () => {
    const watchNamespaces = ['payments-config', 'payments-prod'];
    const manifests = await renderChart({ set: { targetNamespaces: watchNamespaces } });
    const bound = manifests.flatMap(({ roleRef }) =>
      roleRef === undefined ? [] : [(roleRef as { name: string }).name],
    );
    const granted = manifests
      .filter(({ kind, metadata }) => ['Role', 'ClusterRole'].includes(kind) && bound.includes(metadata.name))
      .flatMap(({ metadata, rules }) => grantedLines(rules as Parameters<typeof grantedLines>[0], metadata.namespace));
    // Keys lie in the namespaces named; the rights on their kinds are cluster-wide.
    const required = requiredLines({ namespace: RELEASE_NAMESPACE, watchNamespaces }).map((line) =>
      line.replace(/^\S+ (?=keywright\.dev\/)/, '* '),
    );
    expect(granted.toSorted()).toEqual([...new Set(required)].toSorted());
  });
});
