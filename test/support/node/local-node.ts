import { access, copyFile, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../../../scripts/server-process.ts';
import { apiRequest } from '../cluster/api-request.ts';
import { readKubeconfig } from '../cluster/kubeconfig-file.ts';
import { runTool } from '../outside-tool.ts';
import type { NodeLink } from './node-link.ts';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

interface NodeObject {
  readonly spec?: { readonly taints?: readonly unknown[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** This machine as a node of a cluster. It ends with this process, however that ends; disposal ends it. */
export class LocalNode implements AsyncDisposable {
  /** Of all that it keeps; it goes with the node. */
  readonly folder: string;
  readonly #process: ServerProcess;

  /** @param folder With what writeNodeFiles writes, and the program of the node's parts as "node". */
  constructor(folder: string, link: NodeLink) {
    this.folder = folder;
    this.#process = new ServerProcess({
      name: 'the node',
      program: join(import.meta.dirname, 'node.sh'),
      args: [folder, link.machine, link.node, link.pods],
      logFile: this.#logFile,
      env: { PATH: SYSTEM_PATH, HOME: folder },
    });
  }

  get #logFile(): string {
    return `${this.folder}.log`;
  }

  /** Resolves when the machine has its end of the link, where a control plane may listen. */
  async linked(): Promise<void> {
    await this.#until('the link to the node', () => access(join(this.folder, 'linked')));
  }

  /** Starts the parts that need the cluster, and resolves when the node is ready for pods. */
  async join(kubeconfigPath: string): Promise<void> {
    const unfinished = join(this.folder, 'kubeconfig.tmp');
    await copyFile(kubeconfigPath, unfinished);
    await rename(unfinished, join(this.folder, 'kubeconfig'));
    const admin = await readKubeconfig(kubeconfigPath);
    await this.#until('the node', async () => {
      const { body } = await apiRequest(admin, { path: '/api/v1/nodes/node1' });
      const { status, spec } = JSON.parse(body) as NodeObject;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status !== 'True' || (spec?.taints ?? []).length > 0) throw new Error(body);
    });
  }

  /** Gives the node the images of an archive that `docker save` wrote. */
  async importImages(archive: string): Promise<void> {
    await this.#containerd(['images', 'import', archive]);
  }

  /** Gives an image of the node a further name. Both are whole, as in "docker.io/library/keywright:0.1.0". */
  async tagImage(image: string, name: string): Promise<void> {
    await this.#containerd(['images', 'tag', image, name]);
  }

  /** Ends the first process of a container without warning. @param id As a pod's status has it, "containerd://…". */
  async killContainer(id: string): Promise<void> {
    await this.#containerd(['tasks', 'kill', '--signal=SIGKILL', id.replace('containerd://', '')]);
  }

  /** Last lines of what its parts wrote. */
  async logTails(): Promise<string> {
    const logs = join(this.folder, 'logs');
    const names = await readdir(logs).catch(() => []);
    const texts = await Promise.all(names.map((name) => readFile(join(logs, name), 'utf8')));
    const parts = texts.map((text, i) => `--- ${names[i]}\n${text.trimEnd().split('\n').slice(-15).join('\n')}`);
    return [await this.#process.logTail(), ...parts].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await rm(this.#logFile, { force: true });
  }

  async #containerd(args: readonly string[]): Promise<void> {
    const place = [`--address=${join(this.folder, 'containerd.sock')}`, '--namespace=k8s.io'];
    await runTool('ctr', [...place, ...args], { env: { PATH: SYSTEM_PATH } });
  }

  async #until(what: string, probe: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const problem = await probe().then(
        () => undefined,
        (error: unknown) => String(error),
      );
      if (problem === undefined) return;
      if (!this.#process.running) throw new Error(`the node ${await this.#process.ended}`);
      if (performance.now() > deadline) throw new Error(`${what} was not ready in time: ${problem}`);
      await sleep(POLL_MS);
    }
  }
}
