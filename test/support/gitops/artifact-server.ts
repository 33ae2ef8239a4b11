import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where and what a source offers, as its status says it. */
export interface Artifact {
  readonly path: string;
  readonly url: string;
  readonly digest: string;
  readonly revision: string;
  readonly lastUpdateTime: string;
  readonly size: number;
}

/** Serves archives of a repository on loopback, as Flux's source-controller does. */
export class ArtifactServer implements AsyncDisposable {
  readonly #archives = new Map<string, Buffer>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(({ url = '' }, response) => {
      const archive = this.#archives.get(url);
      response.writeHead(archive === undefined ? 404 : 200).end(archive);
    });
  }

  static async start(): Promise<ArtifactServer> {
    const artifacts = new ArtifactServer();
    artifacts.#server.listen(0, '127.0.0.1');
    await once(artifacts.#server, 'listening');
    return artifacts;
  }

  /**
   * Keeps the archive of a commit for whoever asks. Offered again it stays the one that was offered first: archives bear
   * the time at which they were made, and whoever knows the digest of one must not be given another.
   */
  offer(commit: string, made: Buffer): Artifact {
    const path = `/${commit}.tar.gz`;
    const archive = this.#archives.get(path) ?? made;
    this.#archives.set(path, archive);
    const { port } = this.#server.address() as AddressInfo;
    return {
      path,
      url: `http://127.0.0.1:${port}${path}`,
      digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
      revision: revisionOf(commit),
      lastUpdateTime: '2026-11-23T12:00:00Z',
      size: archive.length,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** A commit of the branch "main", in the words of Flux. */
export function revisionOf(commit: string): string {
  return `main@sha1:${commit}`;
}
