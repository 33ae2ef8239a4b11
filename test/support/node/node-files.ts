import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

/**
 * Writes what the parts of a node read, as node-inside.sh names it.
 *
 * @param pods Network of the pods, such as "10.244.0.0/24".
 */
export async function writeNodeFiles(folder: string, pods: string): Promise<void> {
  for (const name of ['data', 'logs', 'cni']) await mkdir(join(folder, name));
  const files = {
    'containerd.toml': containerdConfig(folder),
    'cni/10-bridge.conflist': JSON.stringify(podNetwork(pods)),
    'kubelet.yaml': stringify(kubeletConfig(folder)),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

function containerdConfig(folder: string): string {
  return `version = 2
root = "${folder}/data/containerd"
state = "/run/containerd"
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # Where root lacks CAP_SYS_RESOURCE a score below its own is refused, and the pod with it.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
`;
}

function podNetwork(subnet: string): Readonly<Record<string, unknown>> {
  const ipam = { type: 'host-local', ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] };
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      { type: 'bridge', bridge: 'pods0', isGateway: true, ipMasq: true, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfig(folder: string): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // Only this machine and the node's pods reach it.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${folder.slice(folder.lastIndexOf('/') + 1)}`,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    volumePluginDir: join(folder, 'data/volume-plugins'),
    // What a Secret changes reaches mounted files at the next of these, by the watch that the kubelet keeps on it.
    syncFrequency: '2s',
    // A full disk of the machine is not the node's.
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
  };
}
