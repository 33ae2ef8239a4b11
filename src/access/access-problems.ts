import type { AccessSubject } from '../kube/cache/informer.ts';
import type { Refusal } from '../kube/errors/api-error.ts';
import { LEASES } from '../kube/objects/resource.ts';
import type { Logger } from '../logger.ts';

interface Problem {
  readonly text: string;
  readonly stopsAll: boolean;
}

/**
 * Rights that the running operator lacks, and what a person does about it. Whoever was refused tries again by itself.
 * What is refused in a namespace that it serves is told in the log alone: everything else goes on.
 */
export class AccessProblems {
  readonly #logger: Logger;
  /** The operator's own. */
  readonly #namespace: string;
  /** By what was refused. */
  readonly #problems = new Map<string, Problem>();

  constructor({ logger, namespace }: { readonly logger: Logger; readonly namespace: string }) {
    this.#logger = logger;
    this.#namespace = namespace;
  }

  /**
   * Of the problems that stop all work, the one that has lasted longest, and how to mend it; undefined when there is
   * none. Readiness shows it.
   */
  get problem(): string | undefined {
    return [...this.#problems.values()].find(({ stopsAll }) => stopsAll)?.text;
  }

  /** Takes note of an answer to a call for `subject`; undefined: it was granted. Each new problem is logged once. */
  observe(subject: AccessSubject, refusal: Refusal | undefined): void {
    const key = `${subject.resource.plural}/${subject.namespace ?? ''}`;
    if (refusal === undefined) {
      this.#problems.delete(key);
      return;
    }
    const text = refusal === 401 ? unknownAccount(this.#namespace) : missingRight(verbsOf(subject), subject);
    const stopsAll = refusal === 401 || concernsAll(subject, this.#namespace);
    const isKnown = [...this.#problems.values()].some((known) => known.text === text);
    this.#problems.set(key, { text, stopsAll });
    if (!isKnown) this.#logger.error({}, `${stopsAll ? 'Cannot work' : 'Cannot do all work'}: ${text}`);
  }
}

/**
 * Whether a right is one for the whole cluster or for the operator's own namespace. Any other is for one of the
 * namespaces that it serves: without it the others must not wait, and no other replica would have it.
 *
 * @param own The operator's namespace.
 */
export function concernsAll({ namespace }: Pick<AccessSubject, 'namespace'>, own: string): boolean {
  return namespace === undefined || namespace === own;
}

const INSTALL_ROLES = 'helm upgrade with rbac.create=true, or kubectl apply -f deploy/rbac';

/** What a right is limited to, where it is. */
interface RightSubject extends AccessSubject {
  readonly subresource?: string;
  readonly name?: string;
}

/** What a 403 means, and what to do. @param verbs For example "list". */
export function missingRight(verbs: string, { resource, subresource, name, namespace }: RightSubject): string {
  const what = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const which = name === undefined ? '' : ` "${name}"`;
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  return `this account may not ${verbs} ${what}${which}${where}; install the roles: ${INSTALL_ROLES}`;
}

/** What a 401 means, and what to do. @param namespace The operator's own. */
export function unknownAccount(namespace: string): string {
  const remedy = `helm upgrade and new pods, or kubectl apply -f deploy/rbac and kubectl create token keywright --namespace ${namespace}`;
  return `the API server does not accept the credentials; if the ServiceAccount was deleted or its token has ended, make them anew: ${remedy}`;
}

function verbsOf({ resource }: AccessSubject): string {
  return resource === LEASES ? 'get, create and update' : 'list and watch';
}
