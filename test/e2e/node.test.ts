import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readKubeconfig } from '../support/cluster/kubeconfig-file.ts';
import { callAs } from '../support/cluster/api-request.ts';
import { applyObject } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';
import { startNodeCluster } from '../support/node/start-node.ts';
import type { Pod } from './pods.ts';

const MODULE = join(import.meta.dirname, '../support/node/start-node.ts');

/** What the kubelet and kube-proxy set, and what a network of pods needs. */
const SETTINGS = ['kernel/panic', 'kernel/panic_on_oops', 'vm/overcommit_memory', 'net/ipv4/ip_forward'];
const settings = (): readonly string[] => SETTINGS.map((name) => readFileSync(`/proc/sys/${name}`, 'utf8'));

/** What there is on the machine of the node in this folder. */
function traces(folder: string): readonly string[] {
  const name = basename(folder);
  const within = (place: string, isOne: (entry: string) => boolean): readonly string[] =>
    readdirSync(place)
      .filter(isOne)
      .map((entry) => join(place, entry));
  const hierarchies = ['/sys/fs/cgroup', ...within('/sys/fs/cgroup', (entry) => !entry.includes('.'))];
  return [
    ...within(dirname(folder), (entry) => entry.startsWith(name)),
    ...hierarchies.map((hierarchy) => join(hierarchy, name)).filter((cgroup) => existsSync(cgroup)),
    ...within('/sys/class/net', (link) => link === `kwn-${name.split('-').at(-1)}`),
    ...within('/proc', (pid) => /^\d+$/.test(pid) && commandOf(pid).includes(folder)),
    ...(readFileSync('/proc/self/mounts', 'utf8').match(new RegExp(`.*${folder}.*`, 'g')) ?? []),
  ];
}

/** Empty for a process that has ended meanwhile. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function runPod(kubeconfig: string): Promise<void> {
  const admin = await readKubeconfig(kubeconfig);
  const spec = { containers: [{ name: 'pause', image: 'localhost/pause:1', imagePullPolicy: 'Never' }] };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', name: 'pause' }, spec };
  await applyObject(admin, pod);
  await eventually(async () => {
    const { status } = (await callAs(admin, { path: '/api/v1/namespaces/default/pods/pause' })) as Pod;
    expect(status?.phase).toBe('Running');
  });
}

test('startNodeCluster leaves the machine as it was when it is ended, even with a pod on it', async () => {
  const before = settings();
  const started = await startNodeCluster();
  const { folder } = started.node;
  await runPod(started.cluster.kubeconfigPath);
  expect(traces(folder)).not.toEqual([]);
  expect(settings()).toEqual(before);
  await started[Symbol.asyncDispose]();
  await eventually(() => expect(traces(folder)).toEqual([]));
});

test('startNodeCluster leaves nothing when its own process is killed', async () => {
  const code = `const { startNodeCluster } = await import(${JSON.stringify(MODULE)});
    const { cluster, node } = await startNodeCluster();
    process.stdout.write(JSON.stringify([cluster.kubeconfigPath, node.folder]));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const [kubeconfig, folder] = JSON.parse(line.toString()) as [string, string];
  await runPod(kubeconfig);
  child.kill('SIGKILL');
  await eventually(() => expect(traces(folder)).toEqual([]));
});
