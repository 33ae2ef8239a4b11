import { expect } from 'vitest';
import type { ApiKey } from '../../../src/api/generated/api-key.ts';
import { callAs, type ApiConnection } from '../cluster/api-request.ts';
import { readKubeconfig } from '../cluster/kubeconfig-file.ts';
import { startCluster, type RunningCluster } from '../cluster/start-cluster.ts';
import { applyObject, type Manifest } from '../harness/apply-manifests.ts';
import { eventually } from '../harness/eventually.ts';
import { conditionOf } from '../key-world.ts';
import { yamlDocuments } from '../yaml-documents.ts';
import { RELEASE_NAMESPACE } from './helm.ts';

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** A cluster for the chart, with the namespace of the release, where pods are held to "restricted". */
export class ChartCluster implements AsyncDisposable {
  readonly cluster: RunningCluster;
  readonly admin: ApiConnection;

  private constructor(cluster: RunningCluster, admin: ApiConnection) {
    this.cluster = cluster;
    this.admin = admin;
  }

  static async start(): Promise<ChartCluster> {
    const cluster = await startCluster();
    const started = new ChartCluster(cluster, await readKubeconfig(cluster.kubeconfigPath));
    await started.createNamespace(RELEASE_NAMESPACE, RESTRICTED);
    return started;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cluster.stop();
  }

  async createNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await applyObject(this.admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  }

  /**
   * Applies what NOTES tells the user to apply: an ApiKey "first" in the namespace "demo".
   *
   * @param change Of these objects as JSON.
   */
  async declareNoted(notes: string, change: (json: string) => string = (json) => json): Promise<void> {
    const declared = JSON.parse(change(JSON.stringify(notedManifests(notes)))) as readonly Manifest[];
    for (const manifest of declared) await applyObject(this.admin, manifest);
  }

  async firstKey(namespace: string): Promise<ApiKey> {
    const path = `/apis/keywright.dev/v1alpha1/namespaces/${namespace}/apikeys/first`;
    return (await callAs(this.admin, { path })) as ApiKey;
  }

  async firstKeyOnceReady(namespace: string): Promise<ApiKey> {
    return await eventually(async () => {
      const key = await this.firstKey(namespace);
      expect(conditionOf(key)).toMatchObject({ status: 'True' });
      return key;
    });
  }

  /** Of the Secret that the key "first" is delivered to. */
  async token(namespace: string): Promise<string> {
    const secret = await callAs(this.admin, { path: `/api/v1/namespaces/${namespace}/secrets/first` });
    return (secret as { readonly data: { readonly token: string } }).data.token;
  }
}

/** As a shell would read it: it looks for EOF at the beginning of a line. */
function notedManifests(notes: string): readonly Manifest[] {
  const [, text = ''] = /<<EOF\n([\s\S]*?)\nEOF\n/.exec(notes) ?? [];
  return yamlDocuments(text);
}
