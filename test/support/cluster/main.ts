import { parseArgs } from 'node:util';
import { homePath } from '../../../src/home-path.ts';
import { aborted, endingSignal } from './ending-signal.ts';
import { startCluster, type ClusterOptions } from './start-cluster.ts';

const USAGE = `Usage: npm run cluster -- --kubeconfig=FILE [--data=DIR] [--port=N]

Runs a local Kubernetes control plane (etcd, API server, controller manager) on 127.0.0.1 until it is
ended with Ctrl-C or SIGTERM. There are no nodes: objects are stored, checked and collected, no pod runs.

  --kubeconfig=FILE  where to write the admin's kubeconfig; an existing kubeconfig that is not from an
                     earlier run is left alone
  --data=DIR         keep the cluster's objects in DIR; without it they are gone at the end
  --port=N           port of the API server (default: any free one)
  --help             print this

The first start builds the control plane with Go 1.26 or later (https://go.dev/dl/), which takes about
five minutes. The result is kept in KEYWRIGHT_CACHE_DIR, else XDG_CACHE_HOME/keywright, else
~/.cache/keywright. Your own kubeconfig, named by KUBECONFIG or ~/.kube/config, is never read or written.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if ('exitCode' in parsed) return parsed.exitCode;
  const ending = endingSignal();
  const startedAt = performance.now();
  try {
    const cluster = await startCluster({
      ...parsed.options,
      signal: ending,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const { version, server, kubeconfigPath } = cluster;
    process.stdout.write(
      `Kubernetes ${version} ready at ${server} in ${seconds} s. Use it with: export KUBECONFIG=${kubeconfigPath}\n`,
    );
    const failure = await Promise.race([cluster.failed, aborted(ending)]);
    await cluster.stop();
    if (failure === undefined) return 0;
    throw failure;
  } catch (error) {
    if (ending.aborted) return 0;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function parse(args: readonly string[]): { options: ClusterOptions } | { exitCode: number } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        kubeconfig: { type: 'string' },
        data: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return { exitCode: 0 };
    }
    const home = process.env['HOME'];
    if (!values.kubeconfig) throw new Error('--kubeconfig=FILE is missing');
    return {
      options: {
        kubeconfig: homePath(values.kubeconfig, home),
        ...(values.data === undefined ? {} : { dataDir: homePath(values.data, home) }),
        ...(values.port === undefined ? {} : { port: portNumber(values.port) }),
      },
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return { exitCode: 2 };
  }
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error(`--port must be a number from 1 to 65535, got "${text}"`);
  return port;
}
