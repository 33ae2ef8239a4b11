import { missingRight, unknownAccount } from './access/access-problems.ts';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from './api/resources.ts';
import type { Clock } from './clock.ts';
import { ApiError, ConnectionError, isAlreadyExists, isForbidden, isNotFound } from './kube/errors/api-error.ts';
import type { KubeClient } from './kube/client/client.ts';
import { NAMESPACES, type Resource } from './kube/objects/resource.ts';
import type { Logger } from './logger.ts';

/** Short enough that whoever installs what is missing sees the operator go on at once. */
const LOOK_INTERVAL_MS = 2_000;
/** Of one call, so that a server that is away is told of soon; the next look follows in any case. */
const CALL_DEADLINE_MS = 2_500;
/** A problem that stays is logged again, for whoever looks at the end of the log. */
const REMIND_INTERVAL_MS = 300_000;

export interface PrerequisitesOptions {
  readonly client: KubeClient;
  /** Address of the API server. */
  readonly server: string;
  /** The operator's own. */
  readonly namespace: string;
  /** Make that namespace when it is absent. */
  readonly createNamespace: boolean;
  /** Absent: the whole cluster. */
  readonly watchNamespaces: readonly string[] | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What must be in the cluster before the operator can do anything, and what a person does about what is not. */
export class Prerequisites {
  readonly #options: PrerequisitesOptions;
  #problem: string | undefined = 'the first look at the cluster is not complete';

  constructor(options: PrerequisitesOptions) {
    this.#options = options;
  }

  /** What is missing, by the last look, and how to mend it; undefined when all is there. Readiness shows it. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Resolves when everything is there. Each new problem is logged, and again every 5 min while it stays; looking goes
   * on until it is mended.
   *
   * @throws the signal's reason.
   */
  async met(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    let loggedAtMs = -Infinity;
    for (;;) {
      const problem = await this.#look(signal);
      const isDue = problem !== this.#problem || clock.monotonicMs() - loggedAtMs >= REMIND_INTERVAL_MS;
      if (problem !== undefined && isDue) {
        logger.error({}, `Cannot work yet: ${problem}`);
        loggedAtMs = clock.monotonicMs();
      }
      this.#problem = problem;
      if (problem === undefined) return;
      await clock.sleep(LOOK_INTERVAL_MS, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<string | undefined> {
    return (
      (await this.#kindProblem(KEY_PROJECTS, {}, signal)) ??
      (await this.#servedKindProblem(API_KEYS, signal)) ??
      (await this.#servedKindProblem(CRYPTO_KEYS, signal)) ??
      (await this.#namespaceProblem(signal))
    );
  }

  /** One of the served namespaces tells whether the kind is known; one that refuses holds nothing up. */
  async #servedKindProblem(resource: Resource, signal: AbortSignal): Promise<string | undefined> {
    const { watchNamespaces } = this.#options;
    if (watchNamespaces === undefined) return this.#kindProblem(resource, {}, signal);
    for (const namespace of watchNamespaces) {
      const refused = missingRight('list', { resource, namespace });
      const problem = await this.#kindProblem(resource, { namespace }, signal);
      if (problem !== refused) return problem;
    }
    return undefined;
  }

  async #kindProblem(
    resource: Resource,
    scope: { readonly namespace?: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    try {
      await this.#options.client.list(resource, {
        ...scope,
        limit: 1,
        metadataOnly: true,
        signal,
        deadlineMs: CALL_DEADLINE_MS,
      });
      return undefined;
    } catch (error) {
      return this.#failureText(error, signal, {
        404: `the cluster does not know ${resource.kind}; install the CRDs: helm upgrade with crds.enabled=true, or kubectl apply -f crds`,
        401: unknownAccount(this.#options.namespace),
        403: missingRight('list', { resource, ...scope }),
      });
    }
  }

  async #namespaceProblem(signal: AbortSignal): Promise<string | undefined> {
    const { client, namespace: name, createNamespace } = this.#options;
    try {
      await client.get(NAMESPACES, { name }, { signal, deadlineMs: CALL_DEADLINE_MS });
      return undefined;
    } catch (error) {
      // A namespaced installation may not look; what it lacks shows when it takes its lease.
      if (isForbidden(error)) return undefined;
      if (!isNotFound(error)) return this.#failureText(error, signal, { 401: unknownAccount(name) });
    }
    const mend = `create it: kubectl create namespace ${name}`;
    if (!createNamespace) return `namespace "${name}" does not exist; ${mend}, or start with --create-namespace`;
    try {
      await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { signal });
      return undefined;
    } catch (error) {
      if (isAlreadyExists(error)) return undefined;
      return this.#failureText(error, signal, {
        403: `namespace "${name}" does not exist and this account may not create it; ${mend}`,
      });
    }
  }

  /**
   * Why a call failed, in words for whoever runs the operator.
   *
   * @param answers What an HTTP status means here.
   * @throws the signal's reason, and what is neither an answer nor the lack of one.
   */
  #failureText(error: unknown, signal: AbortSignal, answers: Readonly<Record<number, string>>): string {
    signal.throwIfAborted();
    if (error instanceof ConnectionError) {
      const { origin } = new URL(this.#options.server);
      return `the API server at ${origin} cannot be reached (${error.code}); start it, or name another cluster with --kubeconfig or --context`;
    }
    if (!(error instanceof ApiError)) throw error;
    return answers[error.status] ?? `the API server answers ${error.status}`;
  }
}
