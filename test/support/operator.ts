/**
 * The operator on a cluster of a test file's own, in this process or as a child process, always as its
 * ServiceAccount with exactly the roles of deploy/rbac. Needs no vitest, so demo and benchmark may use it too.
 */
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runApp, type AppDependencies, type AppEnd } from '../../src/app.ts';
import { parseControllerConfig, type Config } from '../../src/config.ts';
import type { ClusterConfig } from '../../src/kube/config/cluster-config.ts';
import { systemClock } from '../../src/system-clock.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { apiRequest, type ApiConnection } from './cluster/api-request.ts';
import { freePort } from './cluster/free-port.ts';
import { writeKubeconfig } from './cluster/kubeconfig-file.ts';
import { requestToken } from './cluster/request-token.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { eventually } from './harness/eventually.ts';
import { installOperatorRoles, OPERATOR_ACCOUNT } from './harness/operator-roles.ts';
import type { TestCluster } from './test-cluster.ts';
import { staticToken } from './static-token.ts';

/** Where operators of tests live unless told otherwise. */
export const OPERATOR_NAMESPACE = 'keywright-system';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const READY_MS = 20_000;

/** Leases of 1 s: a successor takes over about 1 s after a leader that was killed, at once after one that stopped. */
const FAST_LEASES = ['--lease-duration=1s', '--renew-deadline=700ms', '--retry-period=100ms'];

export interface OperatorOptions {
  readonly cluster: TestCluster;
  /** Made with ServiceAccount and roles if need be. @default {'keywright-system'} */
  readonly namespace?: string;
  /** Flags of `keywright controller`, for example '--workers=2'; they win over those set here. */
  readonly flags?: readonly string[];
  /** What to wait for. "synced" suits a standby, "nothing" an operator that cannot get that far. @default {'leading'} */
  readonly until?: 'leading' | 'synced' | 'nothing';
  /** Another way to the API server, such as a proxy's URL. */
  readonly server?: string;
}

export interface InProcessOptions extends OperatorOptions {
  /** How the operator reaches the cluster, for example through a proxy. */
  readonly connect?: (config: ClusterConfig) => ClusterConfig;
  /** Parts that a test wants to be its own. */
  readonly dependencies?: Partial<
    Pick<AppDependencies, 'clock' | 'onServerTime' | 'random' | 'randomBytes' | 'newId' | 'instance'>
  >;
}

/** What both ways of running have in common. Disposal stops it. */
interface Operator extends AsyncDisposable {
  readonly namespace: string;
  /** Each line of the log as it was written: one JSON object. */
  readonly logLines: readonly string[];
  /** The text of /metrics. */
  metricsText(): Promise<string>;
  /** The text of /readyz, whatever its status: "ok", or what is amiss. */
  readiness(): Promise<string>;
  /** Asks for a look at everything, without a change. */
  resync(): void;
}

export interface RunningOperator extends Operator {
  /** Resolves, or rejects, as runApp does. */
  readonly ended: Promise<AppEnd>;
  /** Stops it as SIGTERM does, and resolves when it has ended. Idempotent. */
  stop(): Promise<AppEnd>;
}

export interface OperatorProcess extends Operator {
  readonly pid: number;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs the operator in this process: fast to start, and its randomness, clock and network can be a test's own. */
export async function startOperator(options: InProcessOptions): Promise<RunningOperator> {
  const { cluster, until = 'leading', connect = (config: ClusterConfig) => config, dependencies } = options;
  const { config, connection, port } = await prepare(options);
  const logLines: string[] = [];
  const logger = await createLogger({
    level: config.logLevel,
    format: 'json',
    clock: dependencies?.clock ?? systemClock,
    destination: { write: (line: string) => void logLines.push(line.trimEnd()) },
  });
  const end = new AbortController();
  let resync = (): void => {};
  const { tls } = cluster.config;
  const { server, token = '' } = connection;
  const ended = runApp(
    config,
    {
      cluster: connect({ server, tls, credentials: staticToken(token), namespace: config.namespace }),
      clock: systemClock,
      random: Math.random,
      randomBytes,
      newId: randomUUID,
      logger,
      version: '0.0.0-test',
      instance: 'test',
      mintingThreads: 1,
      onResyncRequested: (listener) => (resync = listener),
      ...dependencies,
    },
    end.signal,
  );
  ended.catch(() => {});
  const stop = async (): Promise<AppEnd> => {
    end.abort();
    // Asked to stop before it was synced, it ends with the signal's reason.
    return await ended.catch((error: unknown) => {
      if (error === end.signal.reason) return 'stopped' as const;
      throw error;
    });
  };
  const operator: RunningOperator = {
    namespace: config.namespace,
    logLines,
    ended,
    stop,
    resync: () => resync(),
    metricsText: () => fetchText(port, '/metrics'),
    readiness: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).text(),
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
  await whenReady(until, port, logLines, ended).catch(async (error: unknown) => {
    await stop().catch(() => {});
    throw error;
  });
  return operator;
}

/** Runs `node src/main.ts controller`: for tests that kill it, or look at its arguments and its exit. */
export async function startOperatorProcess(options: OperatorOptions): Promise<OperatorProcess> {
  const { until = 'leading' } = options;
  const { flags, connection, config, port } = await prepare(options);
  const folder = await mkdtemp(join(tmpdir(), 'keywright-operator-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, connection, OPERATOR_ACCOUNT);
  const child = spawn(process.execPath, [MAIN, 'controller', `--kubeconfig=${kubeconfig}`, ...flags], {
    env: { PATH: process.env['PATH'], POD_NAME: 'test', NODE_COMPILE_CACHE: COMPILE_CACHE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => logLines.push(line));
  }
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = once(child, 'exit').then(async ([code, signal]) => {
    process.off('exit', killWithUs);
    await rm(folder, { recursive: true, force: true });
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const operator: OperatorProcess = {
    namespace: config.namespace,
    pid: child.pid ?? 0,
    logLines,
    exited,
    kill: (signal) => void child.kill(signal),
    resync: () => void child.kill('SIGHUP'),
    metricsText: () => fetchText(port, '/metrics'),
    readiness: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).text(),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
  await whenReady(until, port, logLines, exited).catch(async (error: unknown) => {
    await operator[Symbol.asyncDispose]();
    throw error;
  });
  return operator;
}

interface Prepared {
  readonly flags: readonly string[];
  readonly config: Config;
  readonly connection: ApiConnection;
  /** Of health and metrics. */
  readonly port: number;
}

async function prepare({
  cluster,
  namespace = OPERATOR_NAMESPACE,
  flags: own = [],
  server = cluster.connection.server,
}: OperatorOptions): Promise<Prepared> {
  const token = await operatorToken(cluster.connection, namespace);
  const port = await freePort();
  const flags = [
    `--namespace=${namespace}`,
    ...FAST_LEASES,
    '--bind-address=127.0.0.1',
    `--health-port=${port}`,
    `--metrics-port=${port}`,
    '--log-format=json',
    ...own,
  ];
  const parsed = parseControllerConfig(flags, {});
  if (parsed.kind !== 'run') throw new Error('Cannot start an operator: the flags ask for help or version');
  return { flags, config: parsed.config, port, connection: { ...cluster.connection, server, token } };
}

/** Where this process has installed the roles: an operator is started many times on one cluster. */
const installed = new Set<string>();

async function operatorToken(admin: ApiConnection, namespace: string): Promise<string> {
  const place = `${admin.server}/${namespace}`;
  if (!installed.has(place) || !(await isThere(admin, namespace))) {
    await installOperatorRoles(namespace, admin);
    installed.add(place);
  }
  return await requestToken(admin, namespace, OPERATOR_ACCOUNT);
}

/** A test may have deleted the operator's namespace. */
async function isThere(admin: ApiConnection, namespace: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${OPERATOR_ACCOUNT}`;
  return (await apiRequest(admin, { path })).status === 200;
}

async function whenReady(
  until: NonNullable<OperatorOptions['until']>,
  port: number,
  logLines: readonly string[],
  ended: Promise<unknown>,
): Promise<void> {
  if (until === 'nothing') return;
  let isOver = false;
  const over = (): void => void (isOver = true);
  ended.then(over, over);
  await eventually(
    async () => {
      if (isOver) return;
      if (until === 'synced') await fetchText(port, '/readyz');
      else if (!/^leader_election_master_status\S* 1$/m.test(await fetchText(port, '/metrics')))
        throw new Error('it does not lead');
    },
    { timeoutMs: READY_MS, intervalMs: 20 },
  ).catch((error: unknown) => {
    throw new Error(`The operator is not ready. Its log:\n${logLines.slice(-20).join('\n')}`, { cause: error });
  });
  if (isOver) throw new Error(`The operator ended while it started. Its log:\n${logLines.slice(-20).join('\n')}`);
}

async function fetchText(port: number, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${text}`);
  return text;
}
