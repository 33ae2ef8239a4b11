import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiConnection } from '../cluster/api-request.ts';
import { freePort } from '../cluster/free-port.ts';
import { writeKubeconfig } from '../cluster/kubeconfig-file.ts';
import { applyObject, type Manifest } from '../harness/apply-manifests.ts';
import { ArtifactServer } from './artifact-server.ts';
import { BackgroundProgram } from './background-program.ts';
import { applyFluxObjects, FLUX_NAMESPACE } from './flux-objects.ts';
import { moduleFiles } from './module-files.ts';
import { gitOpsProgram, moduleFolder } from './programs.ts';
import type { Repository } from './repository.ts';

export const FLUX_MODULE = 'github.com/fluxcd/kustomize-controller';

/** Flux's kustomize-controller, and a source that is published by hand. */
export class Flux implements AsyncDisposable {
  readonly #admin: ApiConnection;
  readonly #artifacts: ArtifactServer;
  readonly #folder: string;
  #controller: BackgroundProgram | undefined;

  private constructor(admin: ApiConnection, artifacts: ArtifactServer, folder: string) {
    this.#admin = admin;
    this.#artifacts = artifacts;
    this.#folder = folder;
  }

  /** Some seconds. It works on the cluster as the admin, as the usual installation does. */
  static async start(admin: ApiConnection): Promise<Flux> {
    const folder = await mkdtemp(join(tmpdir(), 'keywright-flux-'));
    const flux = new Flux(admin, await ArtifactServer.start(), folder);
    try {
      await applyFluxObjects(
        admin,
        await moduleFiles(moduleFolder('kustomize-controller'), FLUX_MODULE, 'config/crd/bases'),
      );
      await flux.#startController();
      return flux;
    } catch (error) {
      await flux[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #startController(): Promise<void> {
    const kubeconfig = join(this.#folder, 'kubeconfig');
    await writeKubeconfig(kubeconfig, this.#admin, 'flux');
    const address = async (): Promise<string> => `127.0.0.1:${await freePort()}`;
    this.#controller = new BackgroundProgram({
      title: "Flux's kustomize-controller",
      program: await gitOpsProgram('kustomize-controller'),
      args: [
        '--events-addr=',
        '--watch-all-namespaces=true',
        // What waits for another looks again at once.
        '--requeue-dependency=1s',
        `--metrics-addr=${await address()}`,
        `--health-addr=${await address()}`,
      ],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.#folder,
        TMPDIR: this.#folder,
        KUBECONFIG: kubeconfig,
        RUNTIME_NAMESPACE: FLUX_NAMESPACE,
      },
    });
  }

  /** Offers the last commit as what the GitRepository has found. Kustomizations of it are reconciled at once. */
  async publish(source: Manifest, repository: Repository): Promise<void> {
    const artifact = this.#artifacts.offer(await repository.head(), await repository.archive());
    await applyObject(this.#admin, { ...source, status: { artifact } });
  }

  /** For messages: what the controller wrote last. */
  lastLines(): string {
    return this.#controller?.lastLines() ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#controller?.[Symbol.asyncDispose]();
    await this.#artifacts[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
