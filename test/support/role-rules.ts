import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { yamlDocuments } from './yaml-documents.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROLES = join(ROOT, 'deploy/rbac');
const FOR_PEOPLE = 'people.yaml';

/** One rule of a role. */
export interface RoleRule {
  /** "keywright-keys (cluster)", or with the namespace of a Role: "keywright-own-namespace (keywright-system)". */
  readonly role: string;
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Empty: all. */
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

interface Role {
  readonly kind: 'Role' | 'ClusterRole';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly (Omit<RoleRule, 'resourceNames'> & { readonly resourceNames?: readonly string[] })[];
}

/** Every rule of deploy/rbac that is bound to the operator, in order. */
export function operatorRules(): readonly RoleRule[] {
  return rulesIn(readdirSync(ROLES).filter((file) => file !== FOR_PEOPLE));
}

/** Every rule of deploy/rbac that is bound to nobody, in order. */
export function rulesForPeople(): readonly RoleRule[] {
  return rulesIn([FOR_PEOPLE]);
}

function rulesIn(files: readonly string[]): readonly RoleRule[] {
  const documents = files.toSorted().flatMap((file) => yamlDocuments<Role>(readFileSync(join(ROLES, file), 'utf8')));
  return documents
    .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
    .flatMap(({ kind, metadata: { name, namespace = 'cluster' }, rules }) =>
      rules.map((rule) => ({ resourceNames: [], ...rule, kind, name, role: `${name} (${namespace})` })),
    );
}

/** What a rule is about, as the table of docs/security.md has it: "configmaps: keywright-import". */
export function subjectOf({ resources, resourceNames }: RoleRule): string {
  return resources.join(', ') + (resourceNames.length === 0 ? '' : `: ${resourceNames.join(', ')}`);
}

/** Names a rule: "keywright-keys (cluster): patch keyprojects, apikeys, cryptokeys". */
export function ruleName(rule: RoleRule): string {
  return `${rule.role}: ${rule.verbs.join(', ')} ${subjectOf(rule)}`;
}
