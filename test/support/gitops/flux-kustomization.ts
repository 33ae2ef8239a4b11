import { expect } from 'vitest';
import type { KubeClient, ObjectRef } from '../../../src/kube/client/client.ts';
import type { Condition } from '../../../src/kube/objects/conditions.ts';
import type { KubeObject } from '../../../src/kube/objects/objects.ts';
import type { Resource } from '../../../src/kube/objects/resource.ts';
import { eventually } from '../harness/eventually.ts';
import { uniqueName } from '../harness.ts';
import { FLUX_NAMESPACE } from './flux-objects.ts';

const REQUEST = 'reconcile.fluxcd.io/requestedAt';
const PATIENCE = { timeoutMs: 60_000 };

export interface KustomizationStatus {
  readonly conditions?: readonly Condition[];
  readonly lastAppliedRevision?: string;
  readonly lastAttemptedRevision?: string;
  readonly lastHandledReconcileAt?: string;
  readonly inventory?: { readonly entries: readonly { readonly id: string }[] };
}

interface FluxKustomization extends KubeObject {
  /** Absent until it has been looked at. */
  readonly status?: KustomizationStatus;
}

const KUSTOMIZATIONS: Resource<FluxKustomization> = {
  group: 'kustomize.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
  namespaced: true,
};

/** One Kustomization of Flux, as its user sees it. */
export class KustomizationView {
  readonly #client: KubeClient;
  readonly #ref: ObjectRef;
  /** What a failure is to say beside the Kustomization's status. */
  readonly #explain: () => string;

  constructor(client: KubeClient, name: string, explain: () => string) {
    this.#client = client;
    this.#ref = { namespace: FLUX_NAMESPACE, name };
    this.#explain = explain;
  }

  /** Asks for a reconciliation, as `flux reconcile` does, and resolves with what became of it. */
  async reconcile(): Promise<KustomizationStatus> {
    const request = uniqueName('request');
    await this.#client.patch(KUSTOMIZATIONS, this.#ref, { metadata: { annotations: { [REQUEST]: request } } });
    return await this.until(({ lastHandledReconcileAt }) => expect(lastHandledReconcileAt).toBe(request));
  }

  /** Resolves as soon as `assert` passes on its status. */
  async until(assert: (status: KustomizationStatus) => void): Promise<KustomizationStatus> {
    const get = (): Promise<FluxKustomization> => this.#client.get(KUSTOMIZATIONS, this.#ref);
    const attempt = async (): Promise<KustomizationStatus> => {
      const { status } = await get();
      if (status === undefined) throw new Error('It has no status yet');
      assert(status);
      return status;
    };
    return await eventually(attempt, PATIENCE).catch(async (error: unknown) => {
      const status = JSON.stringify((await get()).status);
      throw new Error(`${String(error)}\nThe Kustomization: ${status}\n${this.#explain()}`, { cause: error });
    });
  }
}
