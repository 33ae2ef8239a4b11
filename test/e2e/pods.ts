import type { KubeClient } from '../../src/kube/client/client.ts';
import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { LEASES, type Resource } from '../../src/kube/objects/resource.ts';
import { RELEASE_NAMESPACE } from '../support/chart/helm.ts';
import { apiRequest, callAs, type ApiConnection } from '../support/cluster/api-request.ts';

export interface Pod extends KubeObject {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly containerID?: string;
      readonly ready: boolean;
      readonly restartCount: number;
    }[];
  };
}

export const PODS: Resource<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** The operator's pods that nobody has asked to end. */
export async function operatorPods(client: KubeClient): Promise<readonly Pod[]> {
  const labelSelector = 'app.kubernetes.io/name=keywright';
  const { items } = await client.list(PODS, { namespace: RELEASE_NAMESPACE, labelSelector });
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** The operator's pod that holds the lease. @throws while there is none. */
export async function leaderPod(client: KubeClient): Promise<Pod> {
  const lease = await client.get(LEASES, { namespace: RELEASE_NAMESPACE, name: 'keywright-controller' });
  const [name] = (lease.spec?.holderIdentity ?? '').split('_');
  const pod = (await operatorPods(client)).find(({ metadata }) => metadata.name === name);
  if (pod === undefined) throw new Error(`The lease is held by "${name}", which is none of the pods`);
  return pod;
}

/** As `kubectl delete pod` does; it has its grace period to end. */
export async function deletePod(admin: ApiConnection, { metadata: { namespace, name } }: Pod): Promise<void> {
  await callAs(admin, { method: 'DELETE', path: `/api/v1/namespaces/${namespace}/pods/${name}` });
}

/** The lines that a pod's container has written. */
export async function podLog(admin: ApiConnection, namespace: string, name: string): Promise<readonly string[]> {
  const { status, body } = await apiRequest(admin, { path: `/api/v1/namespaces/${namespace}/pods/${name}/log` });
  if (status !== 200) throw new Error(`The log of pod ${name} was answered ${status}: ${body}`);
  return body.trimEnd().split('\n');
}

/** What a pod of the operator serves as metrics. */
export async function podMetrics({ status }: Pod): Promise<string> {
  return await (await fetch(`http://${status?.podIP}:8080/metrics`)).text();
}
