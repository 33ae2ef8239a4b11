import { readFile } from 'node:fs/promises';
import type { GeneratedFile } from './generated-files.ts';

const ROOT = new URL('../../', import.meta.url);
const RULES = 'charts/keywright/rules';
const NAMESPACE = 'keywright-system';
const ACCOUNT = 'keywright';
const LABELS = '  labels:\n    app.kubernetes.io/part-of: keywright';

interface Role {
  readonly name: string;
  /** Without a namespace: a ClusterRole. */
  readonly isNamespaced: boolean;
  /** Files of RULES, without ending. */
  readonly rules: readonly string[];
  /** Whether the operator's account is given it. */
  readonly isBound: boolean;
}

const FILES: Readonly<Record<string, readonly Role[]>> = {
  'cluster-keys': [{ name: 'keywright-keys', isNamespaced: false, rules: ['keys'], isBound: true }],
  'cluster-delivery': [
    { name: 'keywright-delivery', isNamespaced: false, rules: ['delivery', 'events'], isBound: true },
  ],
  'own-namespace': [{ name: 'keywright-own-namespace', isNamespaced: true, rules: ['own-namespace'], isBound: true }],
  people: [
    { name: 'keywright-seal', isNamespaced: true, rules: ['seal-import-key'], isBound: false },
    { name: 'keywright-seal', isNamespaced: false, rules: ['seal-projects'], isBound: false },
    { name: 'keywright-view', isNamespaced: false, rules: ['view'], isBound: false },
    { name: 'keywright-edit', isNamespaced: false, rules: ['edit'], isBound: false },
  ],
};

/**
 * deploy/rbac/, the plain manifests, from the rules of the chart. That Helm renders the same roles is a test's to show:
 * test/chart/rbac.test.ts.
 */
export async function plainRoles(): Promise<readonly GeneratedFile[]> {
  return Promise.all(Object.entries(FILES).map(manifestFile));
}

async function roleDocuments({ name, isNamespaced, rules, isBound }: Role): Promise<readonly string[]> {
  const kind = isNamespaced ? 'Role' : 'ClusterRole';
  const parts = await Promise.all(rules.map(readRules));
  const heads = parts.map(({ head }) => head).filter((head) => head !== '');
  const items = parts.map(({ items }) => items.replaceAll(/^(?=.)/gm, '  ')).join('');
  const role = [...heads, ...objectHead(kind, name, isNamespaced), `rules:\n${items}`].join('\n');
  return isBound ? [role, binding(kind, name, isNamespaced)] : [role];
}

/** The comment above the first empty line is about the whole file; what follows is the list. */
async function readRules(name: string): Promise<{ readonly head: string; readonly items: string }> {
  const text = await readFile(new URL(`${RULES}/${name}.yaml`, ROOT), 'utf8');
  const end = text.indexOf('\n\n');
  return end < 0 ? { head: '', items: text } : { head: text.slice(0, end), items: text.slice(end + 2) };
}

function objectHead(kind: string, name: string, isNamespaced: boolean): readonly string[] {
  const metadata = ['metadata:', `  name: ${name}`, ...(isNamespaced ? [`  namespace: ${NAMESPACE}`] : []), LABELS];
  return ['apiVersion: rbac.authorization.k8s.io/v1', `kind: ${kind}`, ...metadata];
}

function binding(kind: string, name: string, isNamespaced: boolean): string {
  const roleRef = ['roleRef:', '  apiGroup: rbac.authorization.k8s.io', `  kind: ${kind}`, `  name: ${name}`];
  const subjects = ['subjects:', '  - kind: ServiceAccount', `    name: ${ACCOUNT}`, `    namespace: ${NAMESPACE}`];
  return [...objectHead(`${kind}Binding`, name, isNamespaced), ...roleRef, ...subjects, ''].join('\n');
}

async function manifestFile([file, roles]: readonly [string, readonly Role[]]): Promise<GeneratedFile> {
  const documents = (await Promise.all(roles.map(roleDocuments))).flat();
  const text = `# Generated from ${RULES} by scripts/generate/rbac.ts. Do not edit: change the rules and generate again.

${documents.join('---\n')}`;
  return { path: `deploy/rbac/${file}.yaml`, text };
}
