import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CleanClusters } from './clean-clusters.ts';

/** Where the processes that run test files borrow clusters from the process that started them. */
export class ClusterDesk {
  readonly socketPath: string;
  readonly #clusters: CleanClusters;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(folder: string, clusters: CleanClusters) {
    this.#folder = folder;
    this.#clusters = clusters;
    this.socketPath = join(folder, 'desk.sock');
    this.#server = createServer((incoming, response) => {
      this.#answer(incoming).then(
        (path) => response.end(path),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  /** @param operatorNamespace Where the operator's ServiceAccount is on each. */
  static async open(operatorNamespace: string): Promise<ClusterDesk> {
    const folder = await mkdtemp(join(tmpdir(), 'keywright-clusters-'));
    const desk = new ClusterDesk(folder, new CleanClusters(operatorNamespace));
    await new Promise<void>((resolve) => desk.#server.listen(desk.socketPath, resolve));
    return desk;
  }

  /** Ends every cluster, lent or not. */
  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#clusters.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answer(incoming: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (incoming.url === '/lend') return await this.#clusters.lend();
    this.#clusters.takeBack(Buffer.concat(chunks).toString());
    return '';
  }
}

/** @returns the path of the admin's kubeconfig of a cluster that nobody else has until it is given back. */
export function borrow(socketPath: string): Promise<string> {
  return ask(socketPath, '/lend');
}

export async function giveBack(socketPath: string, kubeconfigPath: string): Promise<void> {
  await ask(socketPath, '/return', kubeconfigPath);
}

function ask(socketPath: string, path: string, body = ''): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outgoing = request({ socketPath, path, method: 'POST', agent: false }, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', reject);
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      if (incoming.statusCode === 200) resolve(text);
      else reject(new Error(`No cluster: ${text}`));
    });
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}
