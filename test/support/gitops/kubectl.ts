import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiConnection } from '../cluster/api-request.ts';
import { writeKubeconfig } from '../cluster/kubeconfig-file.ts';
import { runTool } from '../outside-tool.ts';
import { gitOpsProgram } from './programs.ts';

/** kubectl as the admin of one cluster; it reads and writes nothing of its user's. */
export class Kubectl implements AsyncDisposable {
  /** Its own, gone with it. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async of(admin: ApiConnection): Promise<Kubectl> {
    const kubectl = new Kubectl(await mkdtemp(join(tmpdir(), 'keywright-kubectl-')));
    await writeKubeconfig(kubectl.kubeconfig, admin, 'kubectl');
    return kubectl;
  }

  get kubeconfig(): string {
    return join(this.folder, 'kubeconfig');
  }

  /** What it prints. @throws with what it says of a failure. */
  async run(args: readonly string[], input = ''): Promise<string> {
    const env = { HOME: this.folder, KUBECONFIG: this.kubeconfig };
    return (await runTool(await gitOpsProgram('argo-cd'), ['kubectl', ...args], { env, input })).toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
