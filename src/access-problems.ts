import type { AccessSubject } from './kube/cache/informer.ts';
import type { Refusal } from './kube/errors/api-error.ts';
import { LEASES } from './kube/objects/resource.ts';
import type { Logger } from './logger.ts';

/** Rights that the running operator lacks, and what a person does about it. Whoever was refused tries again by itself. */
export class AccessProblems {
  readonly #logger: Logger;
  /** The operator's own. */
  readonly #namespace: string;
  /** By what was refused. */
  readonly #problems = new Map<string, string>();

  constructor({ logger, namespace }: { readonly logger: Logger; readonly namespace: string }) {
    this.#logger = logger;
    this.#namespace = namespace;
  }

  /** The problem that has lasted longest, and how to mend it; undefined when nothing is refused. Readiness shows it. */
  get problem(): string | undefined {
    const [first] = this.#problems.values();
    return first;
  }

  /** Takes note of an answer to a call for `subject`; undefined: it was granted. Each new problem is logged once. */
  observe(subject: AccessSubject, refusal: Refusal | undefined): void {
    const key = `${subject.resource.plural}/${subject.namespace ?? ''}`;
    if (refusal === undefined) {
      this.#problems.delete(key);
      return;
    }
    const problem = refusal === 401 ? unknownAccount(this.#namespace) : missingRight(verbsOf(subject), subject);
    const isKnown = [...this.#problems.values()].includes(problem);
    this.#problems.set(key, problem);
    if (!isKnown) this.#logger.error({}, `Cannot work: ${problem}`);
  }
}

/** What a 403 means, and what to do. @param verbs For example "list". */
export function missingRight(verbs: string, { resource, namespace }: AccessSubject): string {
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  return `this account may not ${verbs} ${resource.plural}${where}; install the roles: kubectl apply -f deploy/rbac`;
}

/** What a 401 means, and what to do. @param namespace The operator's own. */
export function unknownAccount(namespace: string): string {
  const remedy = `kubectl apply -f deploy/rbac, kubectl create token keywright --namespace ${namespace}`;
  return `the API server does not accept the credentials; if the ServiceAccount was deleted or its token has ended, make them anew: ${remedy}`;
}

function verbsOf({ resource }: AccessSubject): string {
  return resource === LEASES ? 'get, create and update' : 'list and watch';
}
