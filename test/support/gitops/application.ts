import type { KubeClient, ObjectRef } from '../../../src/kube/client/client.ts';
import type { KubeObject } from '../../../src/kube/objects/objects.ts';
import type { Resource } from '../../../src/kube/objects/resource.ts';
import { eventually } from '../harness/eventually.ts';
import { ARGO_CD_NAMESPACE } from './argo-cd-objects.ts';

const REFRESH = 'argocd.argoproj.io/refresh';
/**
 * Argo CD waits some seconds before it tries again what failed; and its deletions wait for the garbage collector of the
 * cluster, which looks for new kinds every 30 s.
 */
const PATIENCE = { timeoutMs: 90_000 };

export interface Health {
  readonly status: string;
  readonly message?: string;
}

export interface ApplicationStatus {
  readonly sync: { readonly status: string; readonly revision?: string };
  readonly health: Health;
  readonly resources?: readonly { readonly kind: string; readonly name: string; readonly health?: Health }[];
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  readonly operationState?: object;
}

interface Application extends KubeObject {
  /** Absent until it has been looked at. */
  readonly status?: ApplicationStatus;
}

export const APPLICATIONS: Resource<Application> = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Application',
  plural: 'applications',
  namespaced: true,
};

/** One Application of an Argo CD, as its user sees it. */
export class ApplicationView {
  readonly #client: KubeClient;
  readonly #ref: ObjectRef;
  /** What a failure is to say beside the Application's status. */
  readonly #explain: () => string;

  constructor(client: KubeClient, name: string, explain: () => string) {
    this.#client = client;
    this.#ref = { namespace: ARGO_CD_NAMESPACE, name };
    this.#explain = explain;
  }

  /** Has Git read and compared anew, and resolves with what was found. Automated syncing follows it. */
  async refresh(): Promise<ApplicationStatus> {
    const mark = { metadata: { annotations: { [REFRESH]: 'hard' } } };
    await this.#client.patch(APPLICATIONS, this.#ref, mark);
    return await this.#eventually(({ metadata, status }) => {
      if (metadata.annotations?.[REFRESH] !== undefined || status === undefined) throw new Error('It is not refreshed');
      return status;
    });
  }

  /** Resolves as soon as `assert` passes on its status. */
  async until(assert: (status: ApplicationStatus) => void): Promise<ApplicationStatus> {
    return await this.#eventually(({ status }) => {
      if (status === undefined) throw new Error('It has no status yet');
      assert(status);
      return status;
    });
  }

  async #eventually<T>(attempt: (application: Application) => T): Promise<T> {
    const get = (): Promise<Application> => this.#client.get(APPLICATIONS, this.#ref);
    return await eventually(async () => attempt(await get()), PATIENCE).catch(async (error: unknown) => {
      const status = JSON.stringify((await get()).status);
      throw new Error(`${String(error)}\nThe Application: ${status}\n${this.#explain()}`, { cause: error });
    });
  }
}
