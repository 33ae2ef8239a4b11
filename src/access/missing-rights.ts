import type { Clock } from '../clock.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { typeOf, type Resource } from '../kube/objects/resource.ts';
import type { KubeObject } from '../kube/objects/objects.ts';
import type { Logger } from '../logger.ts';
import { concernsAll, missingRight } from './access-problems.ts';
import type { RequiredRight } from './required-rights.ts';

/** Short enough that whoever grants what is missing sees at once that it was that. */
const LOOK_INTERVAL_MS = 2_000;
/** Admission and quotas refuse with the same code as RBAC, as often as they like. */
const REFUSED_INTERVAL_MS = 30_000;
const CALL_DEADLINE_MS = 2_500;

/** Asks what the account itself may do, which every account may. Nothing is stored. */
interface Review extends KubeObject {
  readonly spec: { readonly resourceAttributes: Readonly<Record<string, string>> };
  readonly status?: { readonly allowed?: boolean };
}

const REVIEWS: Resource<Review> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
};

export interface MissingRightsOptions {
  readonly client: Pick<KubeClient, 'create'>;
  readonly rights: readonly RequiredRight[];
  /** The operator's own. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Which rights this account lacks of those that no list, watch or lease shows to be missing. They are asked for, since
 * the first write that needs one may come months later; what else the operator can do it goes on doing.
 */
export class MissingRights {
  readonly #options: MissingRightsOptions;
  /** Lacking by the last look, with what is wrong. */
  #lacking: ReadonlyMap<RequiredRight, string> = new Map();
  #isRefused = false;
  #lookedAtMs = -Infinity;

  constructor(options: MissingRightsOptions) {
    this.#options = options;
  }

  /**
   * The first right that is missing, by the last look, and how to mend it. Readiness shows it. Those for a namespace
   * that is served are told in the log alone.
   */
  get problem(): string | undefined {
    return [...this.#lacking].find(([right]) => this.#concernsAll(right))?.[1];
  }

  /** Takes note of an answer 403 to any call: it may be for a right that was taken away. */
  refused(): void {
    this.#isRefused = true;
  }

  /**
   * Looks at all of them once and after a refusal, and at those that are missing until they are there, until `signal`
   * aborts; seldom at those for a namespace that is served, which nothing waits for. A settled operator that has its
   * rights asks nothing. Each new problem is logged.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      for (;;) {
        if (this.#isDue()) await this.#look(signal);
        await clock.sleep(LOOK_INTERVAL_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #isDue(): boolean {
    return this.problem !== undefined || this.#isAllDue();
  }

  #isAllDue(): boolean {
    if (this.#lookedAtMs === -Infinity) return true;
    const lacksServed = [...this.#lacking.keys()].some((right) => !this.#concernsAll(right));
    return (
      (this.#isRefused || lacksServed) && this.#options.clock.monotonicMs() - this.#lookedAtMs >= REFUSED_INTERVAL_MS
    );
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { rights, clock, logger } = this.#options;
    const isAll = this.#isAllDue();
    if (isAll) this.#isRefused = false;
    const known = new Set(this.#lacking.values());
    const isAsked = (right: RequiredRight): boolean => isAll || this.#concernsAll(right);
    const lacking = new Map([...this.#lacking].filter(([right]) => !isAsked(right)));
    for (const right of (isAll ? rights : [...this.#lacking.keys()]).filter(isAsked)) {
      const problem = await this.#problemWith(right, signal);
      if (problem === undefined) continue;
      lacking.set(right, problem);
      if (!known.has(problem)) logger.error({}, `Cannot do all work: ${problem}`);
    }
    this.#lacking = lacking;
    if (isAll) this.#lookedAtMs = clock.monotonicMs();
  }

  #concernsAll(right: RequiredRight): boolean {
    return concernsAll(right, this.#options.namespace);
  }

  async #problemWith(right: RequiredRight, signal: AbortSignal): Promise<string | undefined> {
    const missing: string[] = [];
    for (const verb of right.verbs) {
      if (!(await this.#isGranted(verb, right, signal))) missing.push(verb);
    }
    return missing.length === 0 ? undefined : missingRight(inWords(missing), right);
  }

  /** What cannot be asked counts as granted: then a refusal of the call itself will tell. */
  async #isGranted(
    verb: string,
    { resource: { group, plural }, subresource, namespace, name }: RequiredRight,
    signal: AbortSignal,
  ): Promise<boolean> {
    const optional = Object.entries({ subresource, namespace, name }).filter(([, value]) => value !== undefined);
    const resourceAttributes = { verb, group, resource: plural, ...(Object.fromEntries(optional) as object) };
    const review = { ...typeOf(REVIEWS), metadata: { name: '' }, spec: { resourceAttributes } };
    try {
      const { status } = await this.#options.client.create(REVIEWS, review, { signal, deadlineMs: CALL_DEADLINE_MS });
      return status?.allowed !== false;
    } catch {
      signal.throwIfAborted();
      return true;
    }
  }
}

/** "get", "get and patch", "get, create and update". */
function inWords(verbs: readonly string[]): string {
  const [last = '', ...others] = verbs.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`;
}
