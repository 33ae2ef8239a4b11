import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiConnection } from '../cluster/api-request.ts';
import { freePort } from '../cluster/free-port.ts';
import { writeKubeconfig } from '../cluster/kubeconfig-file.ts';
import { eventually } from '../harness/eventually.ts';
import { applyArgoCdObjects, ARGO_CD_NAMESPACE } from './argo-cd-objects.ts';
import { BackgroundProgram } from './background-program.ts';
import { moduleFiles } from './module-files.ts';
import { gitOpsProgram, moduleFolder } from './programs.ts';

export const ARGO_CD_MODULE = 'github.com/argoproj/argo-cd/v3';

/** Argo CD without its user interface: the cache, the repo server and the application controller. */
export class ArgoCd implements AsyncDisposable {
  readonly #parts: BackgroundProgram[] = [];
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Some seconds. It works on the cluster as the admin, as the usual installation does. */
  static async start(admin: ApiConnection): Promise<ArgoCd> {
    const argoCd = new ArgoCd(await mkdtemp(join(tmpdir(), 'keywright-argo-cd-')));
    try {
      await argoCd.#start(admin);
      return argoCd;
    } catch (error) {
      await argoCd[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(admin: ApiConnection): Promise<void> {
    await applyArgoCdObjects(admin, await moduleFiles(moduleFolder('argo-cd'), ARGO_CD_MODULE, 'manifests/crds'));
    const program = await gitOpsProgram('argo-cd');
    const env = await this.#environment(admin, program);
    const [cachePort, repoServerPort] = [await freePort(), await freePort()];
    this.#run('cache', [`127.0.0.1:${cachePort}`], program, env);
    const cache = `--redis=127.0.0.1:${cachePort}`;
    const metricsPort = async (): Promise<string> => `--metrics-port=${await freePort()}`;
    const local = ['--address=127.0.0.1', '--metrics-address=127.0.0.1', '--disable-tls', '--client-ca-path='];
    this.#run('repo-server', [cache, `--port=${repoServerPort}`, await metricsPort(), ...local], program, env);
    await this.#answers(repoServerPort);
    const repoServer = [`--repo-server=127.0.0.1:${repoServerPort}`, '--repo-server-plaintext'];
    // Git is looked at when a test says so, and what is hand-edited is put right at once, or again after a second.
    const pace = ['--app-resync=3600', '--self-heal-backoff-timeout-seconds=1', '--self-heal-backoff-factor=1'];
    const flags = [cache, ...repoServer, `--namespace=${ARGO_CD_NAMESPACE}`, ...pace, '--persist-resource-health'];
    this.#run('application-controller', [...flags, await metricsPort()], program, env);
  }

  /** For messages: what its controller wrote last. */
  lastLines(): string {
    return this.#parts.at(-1)?.lastLines() ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts.toReversed()) await part[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #run(part: string, args: readonly string[], program: string, env: Readonly<Record<string, string>>): void {
    this.#parts.push(new BackgroundProgram({ title: `Argo CD's ${part}`, program, args: [part, ...args], env }));
  }

  async #answers(port: number): Promise<void> {
    await eventually(async () => {
      for (const part of this.#parts) part.assertRuns();
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    });
  }

  /** Nothing of its user's: programs, settings and trusted hosts lie in a folder of its own. */
  async #environment(admin: ApiConnection, program: string): Promise<Readonly<Record<string, string>>> {
    const folder = async (name: string): Promise<string> => {
      await mkdir(join(this.#folder, name), { recursive: true });
      return join(this.#folder, name);
    };
    const programs = await folder('bin');
    const script = (name: string, command: string): Promise<void> =>
      writeFile(join(programs, name), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    await script('kustomize', `exec '${program}' kustomize "$@"`);
    // Commits are not signed here.
    await script('git-verify-wrapper.sh', 'exit 0');
    const ssh = await folder('ssh');
    await writeFile(join(ssh, 'ssh_known_hosts'), '');
    const kubeconfig = join(this.#folder, 'kubeconfig');
    await writeKubeconfig(kubeconfig, admin, 'argo-cd');
    return {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      HOME: await folder('home'),
      TMPDIR: await folder('tmp'),
      KUBECONFIG: kubeconfig,
      // https://kubernetes.default.svc, which Applications name, is the cluster of the kubeconfig.
      ARGOCD_FAKE_IN_CLUSTER: 'true',
      ARGOCD_ASK_PASS_SOCK: join(this.#folder, 'ask-pass.sock'),
      ARGOCD_GPG_ENABLED: 'false',
      ARGOCD_TLS_DATA_PATH: await folder('tls'),
      ARGOCD_SSH_DATA_PATH: ssh,
      ARGOCD_PLUGINSOCKFILEPATH: await folder('plugins'),
    };
  }
}
