import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiRequest, callAs, type ApiConnection } from '../support/cluster/api-request.ts';
import { freePort } from '../support/cluster/free-port.ts';
import { readKubeconfig, writeKubeconfig } from '../support/cluster/kubeconfig-file.ts';
import { requestToken } from '../support/cluster/request-token.ts';
import { startCluster, type RunningCluster } from '../support/cluster/start-cluster.ts';
import { applyManifests, applyObject } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';

const ROOT = join(import.meta.dirname, '../..');
const SYSTEM = '/api/v1/namespaces/keywright-system';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const OWN_NAMESPACE_ROLE = `${RBAC}/namespaces/keywright-system/rolebindings/keywright-own-namespace`;
const SLOW = { timeoutMs: 25_000 };

/** Without the tests' own settings: what `npm start` finds in a person's shell is given by each test. */
function npmStart(flags: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn('npm', ['start', '--silent', '--', ...flags], {
    cwd: ROOT,
    detached: true,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const interrupt = (): void => void (isRunning() && tryToKill(child.pid ?? 0));
  return { output: () => chunks.join(''), ended, interrupt };
}

/** The group may be gone before its end is reported; then there is nothing left to interrupt. */
function tryToKill(group: number): void {
  try {
    process.kill(-group, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('npm start', () => {
  let cluster: RunningCluster;
  let admin: ApiConnection;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keywright-start-test-'));
    cluster = await startCluster();
    admin = await readKubeconfig(cluster.kubeconfigPath);
  });

  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true });
  });

  const remove = async (path: string): Promise<unknown> => await callAs(admin, { method: 'DELETE', path });

  it('says that the CRDs are missing, goes on once they are installed, and makes its namespace', async () => {
    const port = await freePort();
    const flags = [`--health-port=${port}`, `--metrics-port=${port}`, '--namespace=keys'];
    const { output, ended, interrupt } = npmStart(flags, { KUBECONFIG: cluster.kubeconfigPath });
    const readiness = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/readyz`)).text();

    await eventually(
      () =>
        expect(output()).toContain('install the CRDs: helm upgrade with crds.enabled=true, or kubectl apply -f crds'),
      {
        timeoutMs: 20_000,
      },
    );
    expect(await readiness()).toContain('[-]prerequisites failed: the cluster does not know KeyProject');
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);

    await applyManifests(admin, 'crds');
    await eventually(async () => expect(await readiness()).toBe('ok'));
    await eventually(() => expect(output()).toContain('Opened the installation'));
    expect((await apiRequest(admin, { path: '/api/v1/namespaces/keys' })).status).toBe(200);

    // Ctrl-C reaches npm and the operator, and npm hands it on: the operator gets it twice. What npm itself makes of
    // a signal that comes as it ends is npm's affair, so the operator's own last words count.
    interrupt();
    await sleep(2);
    interrupt();
    await ended;
    expect(output()).toContain('Stopped the operator');
    const lease = await apiRequest(admin, {
      path: '/apis/coordination.k8s.io/v1/namespaces/keys/leases/keywright-controller',
    });
    expect(JSON.parse(lease.body)).toMatchObject({ spec: { holderIdentity: '' } });
  });

  it('names the roles and credentials it lacks, at the start and later, and goes on once they are there', async () => {
    const port = await freePort();
    await applyManifests(admin, 'crds');
    await applyObject(admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'keywright-system' } });
    await applyManifests(admin, 'deploy/rbac');
    await remove(`${RBAC}/clusterrolebindings/keywright-delivery`);
    await remove(OWN_NAMESPACE_ROLE);
    const kubeconfig = join(dirname(cluster.kubeconfigPath), 'operator.kubeconfig');
    await writeKubeconfig(
      kubeconfig,
      { ...admin, token: await requestToken(admin, 'keywright-system', 'keywright') },
      'keywright',
    );
    const flags = [`--health-port=${port}`, `--metrics-port=${port}`, '--log-format=json'];
    const { output, ended } = npmStart(flags, { KUBECONFIG: kubeconfig });
    const readiness = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
    const timesLogged = (text: string): number => output().split(`Cannot work: ${text}`).length - 1;

    const noSecrets =
      'this account may not list and watch secrets; install the roles: helm upgrade with rbac.create=true, or kubectl apply -f deploy/rbac';
    await eventually(() => expect(output()).toContain(noSecrets), SLOW);
    // Of several that are refused, the first to be answered is shown.
    expect(await readiness()).toMatch(
      /^\[-\]prerequisites failed: this account may not list and watch (secrets|configmaps)/m,
    );
    await sleep(5_000);
    expect(timesLogged(noSecrets)).toBe(1);
    await applyManifests(admin, 'deploy/rbac');
    await eventually(async () => expect(await readiness()).toBe('ok'), { timeoutMs: 5_000 });
    await eventually(() => expect(output()).toContain('Opened the installation'), SLOW);

    const noLease = 'this account may not get, create and update leases';
    await remove(OWN_NAMESPACE_ROLE);
    await eventually(async () => expect(await readiness()).toContain(noLease), { timeoutMs: 8_000 });
    await applyManifests(admin, 'deploy/rbac');
    await eventually(async () => expect(await readiness()).toBe('ok'), { timeoutMs: 8_000 });
    expect(timesLogged(noLease)).toBe(1);

    await remove(`${SYSTEM}/serviceaccounts/keywright`);
    await eventually(() => expect(timesLogged('the API server does not accept the credentials')).toBe(1), SLOW);
    expect(await ended).toBe(1);
  });

  it('reads no other cluster than the one named, and says what to name', async () => {
    const { output, ended } = npmStart([], {});
    expect(await ended).toBe(2);
    expect(output()).toContain(
      'Could not read /nonexistent/.kube/config: there is no such file; name a kubeconfig file with --kubeconfig',
    );
  });

  it('says within seconds which API server is away, and what to do', async () => {
    const kubeconfig = join(folder, 'away.kubeconfig');
    await writeKubeconfig(kubeconfig, { server: 'https://127.0.0.1:1', token: 'none' }, 'nobody');
    const { output, ended, interrupt } = npmStart(['--health-port=0', '--metrics-port=0'], { KUBECONFIG: kubeconfig });
    await eventually(
      () => expect(output()).toContain('Cannot work yet: the API server at https://127.0.0.1:1 cannot'),
      {
        timeoutMs: 8_000,
      },
    );
    interrupt();
    await ended;
  });

  it('says which port is taken', async () => {
    const port = new URL(cluster.server).port;
    const { output, ended } = npmStart(['--bind-address=127.0.0.1', `--metrics-port=${port}`, '--health-port=0'], {
      KUBECONFIG: cluster.kubeconfigPath,
    });
    expect(await ended).toBe(2);
    expect(output()).toContain(`port ${port} is in use; choose another`);
  });

  it('-- --help lists the flags of the operator', async () => {
    const { output, ended } = npmStart(['--help'], {});
    expect(await ended).toBe(0);
    expect(output()).toMatch(/^ {2}--namespace=<namespace> /m);
  });
});
