import { requiredRights, type RightsScope } from '../../src/access/required-rights.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Shown to be missing by whoever tries them. */
const TRIED_VERBS = ['list', 'watch'];
const TRIED_RESOURCES = ['leases'];

/**
 * What the operator is to ask for of the rules of one role: "<namespace or *> <group>/<resource>[:<name>] <verb>".
 *
 * @param namespace Where the role grants them. Absent: in the whole cluster.
 */
export function grantedLines(rules: readonly Rule[], namespace?: string): readonly string[] {
  return rules.flatMap(({ apiGroups: [group = ''], resources, resourceNames = [], verbs }) =>
    resources
      .filter((resource) => !TRIED_RESOURCES.includes(resource))
      .flatMap((resource) => (resourceNames.length === 0 ? [''] : resourceNames).map((name) => ({ resource, name })))
      .flatMap(({ resource, name }) =>
        verbs.filter((verb) => !TRIED_VERBS.includes(verb)).map((verb) => line(namespace, group, resource, name, verb)),
      ),
  );
}

/** What the operator asks for, in the same words. */
export function requiredLines(scope: RightsScope): readonly string[] {
  return requiredRights(scope).flatMap(({ resource: { group, plural }, subresource, name = '', namespace, verbs }) =>
    verbs.map((verb) =>
      line(namespace, group, subresource === undefined ? plural : `${plural}/${subresource}`, name, verb),
    ),
  );
}

function line(namespace: string | undefined, group: string, resource: string, name: string, verb: string): string {
  return `${namespace ?? '*'} ${group}/${resource}${name === '' ? '' : `:${name}`} ${verb}`;
}
