import { join } from 'node:path';
import { API_KEYS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { VERSION } from '../../src/version.ts';
import { CHART, helm, RELEASE, RELEASE_NAMESPACE, valuesFlags } from '../support/chart/helm.ts';
import { startNodeCluster, type NodeCluster } from '../support/node/start-node.ts';
import { asAdmin, type Admin } from '../support/test-cluster.ts';
import { OPERATOR_IMAGE, saveOperatorImage } from './operator-image.ts';

/** The chart before: the same templates, as no other was published. */
export const PREVIOUS = '0.0.9';
const AWAITED = [`--namespace=${RELEASE_NAMESPACE}`, '--wait', '--timeout=2m'];

/** A node with the operator's image, as it is and as the version before, and the chart of both. Disposal ends it. */
export class ReleaseStage implements AsyncDisposable {
  readonly node: NodeCluster['node'];
  readonly admin: Admin;
  readonly kubeconfig: string;
  /** Path of the chart of the version before. */
  readonly previousChart: string;
  readonly #started: NodeCluster;

  private constructor(started: NodeCluster, admin: Admin, previousChart: string) {
    this.node = started.node;
    this.admin = admin;
    this.kubeconfig = started.cluster.kubeconfigPath;
    this.previousChart = previousChart;
    this.#started = started;
  }

  static async start(): Promise<ReleaseStage> {
    const started = await startNodeCluster();
    try {
      const { node, cluster } = started;
      await provideImages(node);
      const versions = [`--version=${PREVIOUS}`, `--app-version=${PREVIOUS}`];
      await helm(['package', CHART, ...versions, `--destination=${node.folder}`]);
      const previousChart = join(node.folder, `keywright-${PREVIOUS}.tgz`);
      return new ReleaseStage(started, await asAdmin(cluster.kubeconfigPath), previousChart);
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started[Symbol.asyncDispose]();
  }

  /** Runs `helm install` or `helm upgrade` until everything is ready. @param workers As the chart has them if absent. */
  async release(verb: 'install' | 'upgrade', chart: string, workers?: number): Promise<void> {
    const port = Number(new URL(this.admin.connection.server).port);
    const network = { 'networkPolicy.enabled': true, 'networkPolicy.apiServer.ports': [443, port] };
    const set = { ...network, ...(workers !== undefined && { workers }) };
    await helm([verb, RELEASE, chart, ...AWAITED, ...valuesFlags({ set })], this.kubeconfig);
  }

  async uninstall(): Promise<void> {
    await helm(['uninstall', RELEASE, ...AWAITED], this.kubeconfig);
  }

  /** Every key, and every Secret that is not Helm's, with what changes whenever it is made anew or written to. */
  async holdings(): Promise<Readonly<Record<string, string>>> {
    const { client } = this.admin;
    const keys = (await client.list(API_KEYS)).items.map((key) => entry('ApiKey', key));
    const secrets = (await client.list(SECRETS)).items.filter(({ type }) => type !== 'helm.sh/release.v1');
    return Object.fromEntries([...keys, ...secrets.map((secret) => entry('Secret', secret))]);
  }
}

/** What is written for it goes with the node, whatever ends this process. */
async function provideImages(node: NodeCluster['node']): Promise<void> {
  const archive = join(node.folder, 'image.tar');
  await saveOperatorImage(archive);
  await node.importImages(archive);
  for (const version of [PREVIOUS, VERSION]) {
    await node.tagImage(OPERATOR_IMAGE, `docker.io/library/keywright:${version}`);
  }
}

function entry(kind: string, { metadata }: KubeObject): readonly [string, string] {
  const { namespace, name, uid, resourceVersion } = metadata;
  return [`${kind} ${namespace}/${name}`, `${uid} ${resourceVersion}`];
}
