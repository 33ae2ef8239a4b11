import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type RunningCluster } from '../cluster/start-cluster.ts';
import { LocalNode } from './local-node.ts';
import { nodeBinaries } from './node-binaries.ts';
import { writeNodeFiles } from './node-files.ts';
import { freeNodeLink } from './node-link.ts';
import { writePauseImage } from './pause-image.ts';

/** A control plane with one node, "node1", on which pods run. Disposal ends both and takes away all they made. */
export interface NodeCluster extends AsyncDisposable {
  readonly cluster: RunningCluster;
  readonly node: LocalNode;
}

/**
 * Makes this machine a node, in namespaces of its own, and starts a control plane for it. Both end with this process,
 * however that ends. Needs root and Debian's containerd, runc, containernetworking-plugins, iptables, iproute2 and
 * conntrack.
 *
 * @throws with what the node's parts say if it does not become ready.
 */
export async function startNodeCluster(): Promise<NodeCluster> {
  const binaries = await nodeBinaries({ env: process.env });
  const link = freeNodeLink();
  const folder = await mkdtemp(join(tmpdir(), 'keywright-node-'));
  await writeNodeFiles(folder, link.pods);
  await copyFile(binaries.node, join(folder, 'node'));
  await using parts = new AsyncDisposableStack();
  const node = parts.use(new LocalNode(folder, link));
  try {
    await node.linked();
    const cluster = await startCluster({ addressForNodes: link.machine });
    parts.defer(() => cluster.stop());
    await node.join(cluster.kubeconfigPath);
    await writePauseImage(binaries.pause, join(folder, 'pause.tar'));
    await node.importImages(join(folder, 'pause.tar'));
    const started = parts.move();
    return { cluster, node, [Symbol.asyncDispose]: () => started.disposeAsync() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot start a node: ${why}\n${await node.logTails()}`, { cause: error });
  }
}
