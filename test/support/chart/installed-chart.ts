import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { COMPILE_CACHE } from '../compile-cache.ts';
import type { ApiConnection } from '../cluster/api-request.ts';
import { freePort } from '../cluster/free-port.ts';
import { writeKubeconfig } from '../cluster/kubeconfig-file.ts';
import type { RunningCluster } from '../cluster/start-cluster.ts';
import { requestToken } from '../cluster/request-token.ts';
import { eventually } from '../harness/eventually.ts';
import type { Manifest } from '../harness/apply-manifests.ts';
import { yamlDocuments } from '../yaml-documents.ts';
import { CHART, helm, RELEASE, RELEASE_NAMESPACE, valuesFlags, type Values } from './helm.ts';

const MAIN = join(import.meta.dirname, '../../../src/main.ts');

interface PodTemplate {
  readonly metadata: Manifest['metadata'];
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly [{ readonly args: readonly string[] } & Readonly<Record<string, unknown>>];
  } & Readonly<Record<string, unknown>>;
}

/** Installs the chart, or upgrades it, and returns what Helm tells the user. Pods are not waited for: there is no node. */
export async function installChart(
  { kubeconfigPath }: RunningCluster,
  values: Values = {},
  namespace: string = RELEASE_NAMESPACE,
): Promise<string> {
  const place = [RELEASE, CHART, `--namespace=${namespace}`];
  return await helm(['upgrade', '--install', ...place, ...valuesFlags(values)], kubeconfigPath);
}

export async function uninstallChart(
  { kubeconfigPath }: RunningCluster,
  namespace: string = RELEASE_NAMESPACE,
): Promise<void> {
  await helm(['uninstall', RELEASE, '--ignore-not-found', `--namespace=${namespace}`], kubeconfigPath);
}

/** The objects of the installed release, as they were rendered. */
export async function installedManifests({ kubeconfigPath }: RunningCluster): Promise<readonly Manifest[]> {
  return yamlDocuments(await helm(['get', 'manifest', RELEASE, `--namespace=${RELEASE_NAMESPACE}`], kubeconfigPath));
}

/** The pod of the release's Deployment. */
export function podTemplate(manifests: readonly Manifest[]): PodTemplate {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('The release has no Deployment');
  return (deployment['spec'] as { readonly template: PodTemplate }).template;
}

export interface InstalledOperator extends AsyncDisposable {
  readonly logLines: readonly string[];
}

/**
 * Runs what the pod of the installed release would run: its arguments, as its ServiceAccount, with the rights it was
 * given. Only the ports are others. Resolves when it is ready.
 */
export async function runInstalledOperator(cluster: RunningCluster, admin: ApiConnection): Promise<InstalledOperator> {
  const { spec } = podTemplate(await installedManifests(cluster));
  const folder = await mkdtemp(join(tmpdir(), 'keywright-chart-operator-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const token = await requestToken(admin, RELEASE_NAMESPACE, spec.serviceAccountName);
  await writeKubeconfig(kubeconfig, { ...admin, token }, spec.serviceAccountName);
  const port = await freePort();
  const local = ['--bind-address=127.0.0.1', `--health-port=${port}`, `--metrics-port=${port}`];
  const child = spawn(process.execPath, [MAIN, ...spec.containers[0].args, ...local], {
    env: {
      PATH: process.env['PATH'],
      POD_NAMESPACE: RELEASE_NAMESPACE,
      KUBECONFIG: kubeconfig,
      NODE_COMPILE_CACHE: COMPILE_CACHE,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => logLines.push(line));
  }
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    process.off('exit', killWithUs);
    await rm(folder, { recursive: true, force: true });
  };
  await eventually(async () => {
    const answer = await (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
    if (answer !== 'ok') throw new Error(answer);
  }).catch(async (error: unknown) => {
    await stop();
    throw new Error(`The operator is not ready. Its log:\n${logLines.slice(-20).join('\n')}`, { cause: error });
  });
  return { logLines, [Symbol.asyncDispose]: stop };
}
