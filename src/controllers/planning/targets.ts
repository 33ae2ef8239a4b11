import { defaultTokenCode } from '../../keys/environment-token-code.ts';

/** Where a key is wanted, resolved from its spec, its project and the namespaces of the cluster. Pure. */

export type NamespaceState = 'Live' | 'Missing' | 'Terminating' | 'Taken' | 'Reserved';

export interface TargetNamespace {
  readonly name: string;
  /**
   * Taken: an environment earlier in the project's list already has this namespace. Reserved: it is the operator's
   * own, which none may have.
   */
  readonly state: NamespaceState;
}

/** Can the environment never have the namespace, as the project stands? A missing or terminating one may come back. */
export function isRefused(state: NamespaceState): boolean {
  return state === 'Taken' || state === 'Reserved';
}

export interface TargetEnvironment {
  readonly name: string;
  /** The earlier of the key's and the environment's expiresAt. */
  readonly expiresAt: string | undefined;
  readonly expired: boolean;
  /** The project takes no new deliveries here. */
  readonly suspended: boolean;
  /** The environment's part of the tokens that are minted from now on; empty where the project does not have it. */
  readonly tokenCode: string;
  readonly namespaces: readonly TargetNamespace[];
}

/** What a project says of one of its environments, with selectors already matched. */
export interface MappedEnvironment {
  readonly name: string;
  readonly suspended: boolean;
  readonly tokenCode: string;
  /** Listed and selected namespaces, listed ones first, without repeats. */
  readonly namespaces: readonly TargetNamespace[];
}

export interface SelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

export interface NamespaceSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly SelectorRequirement[] | undefined;
}

/** A namespace as the cluster shows it. */
export interface KnownNamespace {
  readonly name: string;
  readonly terminating: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** The namespaces of the cluster by name; a map of them will do. */
export interface KnownNamespaces {
  get(name: string): KnownNamespace | undefined;
  values(): Iterable<KnownNamespace>;
}

export interface EnvironmentMapping {
  readonly name: string;
  readonly namespaces?: readonly string[] | undefined;
  readonly namespaceSelector?: NamespaceSelector | undefined;
  readonly tokenCode?: string | undefined;
  readonly suspended?: boolean | undefined;
}

/**
 * Maps every environment of a project to namespaces. A namespace serves one environment per project: the
 * first in spec order has it, a later one sees it as Taken.
 *
 * @param known Every namespace of the cluster by name.
 * @param operatorNamespace Never a target: a Secret delivered there could take a record's name. Listed it is Reserved;
 *   selected it is left out, as nobody asked for it by name.
 */
export function mapEnvironments(
  environments: readonly EnvironmentMapping[],
  known: KnownNamespaces,
  operatorNamespace: string,
): readonly MappedEnvironment[] {
  const taken = new Set<string>();
  return environments.map((environment) => {
    const names = new Set(environment.namespaces ?? []);
    if (environment.namespaceSelector !== undefined) {
      for (const namespace of known.values()) {
        const isSelected = selectorMatches(environment.namespaceSelector, namespace.labels);
        if (isSelected && namespace.name !== operatorNamespace) names.add(namespace.name);
      }
    }
    const namespaces = [...names].map((name): TargetNamespace => ({
      name,
      state: name === operatorNamespace ? 'Reserved' : stateOf(known.get(name), taken.has(name)),
    }));
    for (const name of names) taken.add(name);
    return {
      name: environment.name,
      suspended: environment.suspended === true,
      tokenCode: environment.tokenCode ?? defaultTokenCode(environment.name),
      namespaces,
    };
  });
}

/**
 * Label selector semantics of meta/v1. An empty selector matches nothing here: it would mean every
 * namespace of the cluster, which the schema refuses too.
 *
 * @internal
 */
export function selectorMatches(selector: NamespaceSelector, labels: Readonly<Record<string, string>>): boolean {
  const equalities = Object.entries(selector.matchLabels ?? {});
  const requirements = selector.matchExpressions ?? [];
  if (equalities.length === 0 && requirements.length === 0) return false;
  return (
    equalities.every(([key, value]) => labels[key] === value) &&
    requirements.every((requirement) => requirementHolds(requirement, ownLabel(labels, requirement.key)))
  );
}

/** A plain look-up would find "constructor" on every namespace. */
function ownLabel(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function requirementHolds({ operator, values = [] }: SelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

function stateOf(namespace: KnownNamespace | undefined, taken: boolean): NamespaceState {
  if (taken) return 'Taken';
  if (namespace === undefined) return 'Missing';
  return namespace.terminating ? 'Terminating' : 'Live';
}
