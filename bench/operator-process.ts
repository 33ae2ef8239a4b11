import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../test/support/cluster/free-port.ts';
import { writeKubeconfig } from '../test/support/cluster/kubeconfig-file.ts';
import { eventually } from '../test/support/harness/eventually.ts';
import { OPERATOR_NAMESPACE, type BenchCluster } from './bench-cluster.ts';
import { launchOfStart } from './launch.ts';
import { sumOf } from '../test/support/prometheus-text.ts';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'src/main.ts');
const START_TIMEOUT_MS = 60_000;
const LOG_TIMEOUT_MS = 600_000;

export interface OperatorOptions {
  readonly cluster: BenchCluster;
  /** Where the operator finds the API server. @default the cluster's own address */
  readonly server?: string;
  /** Resolve once it waits for another operator's lease instead of leading. @default false */
  readonly standsBy?: boolean;
  /** Write a CPU profile into this folder when the operator ends. */
  readonly profileInto?: string | undefined;
}

/** Megabytes of 2^20 bytes; NaN where /proc does not tell. */
export interface Memory {
  readonly residentMb: number;
  readonly peakMb: number;
}

/** Milliseconds from one turn of the event loop to the next, the 10 ms of the timer that measures it included. */
export interface LoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** `node src/main.ts controller` under its own ServiceAccount, with the default flags but for ports and logs. */
export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #folder: string;
  readonly #spawnedMs = performance.now();
  readonly #loggedMs = new Map<string, number>();
  readonly #lastLines: string[] = [];

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.#port = port;
    this.#folder = folder;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    }
  }

  /** Resolves once the operator leads, or stands by if that is what it is for. */
  static async start({
    cluster,
    server = cluster.admin.server,
    standsBy = false,
    profileInto,
  }: OperatorOptions): Promise<OperatorProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'keywright-bench-'));
    const kubeconfig = join(folder, 'kubeconfig');
    const { ca } = cluster.admin;
    await writeKubeconfig(
      kubeconfig,
      { server, token: cluster.operatorToken, ...(ca === undefined ? {} : { ca }) },
      'keywright',
    );
    const port = await freePort();
    const profile = profileInto === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileInto}`];
    const flags = [
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${OPERATOR_NAMESPACE}`,
      '--bind-address=127.0.0.1',
      `--health-port=${port}`,
      `--metrics-port=${port}`,
      '--log-format=json',
    ];
    const launch = await launchOfStart();
    const child = spawn(process.execPath, [...launch.flags, ...profile, MAIN, 'controller', ...flags], {
      cwd: ROOT,
      env: { ...launch.env, PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Whatever ends the benchmark, no operator goes on without it.
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const operator = new OperatorProcess(child, port, folder);
    await operator.#untilLogged(standsBy ? 'Another candidate leads' : 'Started leading');
    return operator;
  }

  /** From the start of the process until every cache was filled. */
  get startToSyncedMs(): number {
    return (this.#loggedMs.get('Synced all caches') ?? NaN) - this.#spawnedMs;
  }

  /** When it took the lease, on the clock of `performance.now()`. */
  get leadingSinceMs(): number {
    return this.#loggedMs.get('Started leading') ?? NaN;
  }

  /** When it first logged the message, on the clock of `performance.now()`; waits for it. */
  async whenLogged(message: string): Promise<number> {
    return await eventually(
      () => {
        const atMs = this.#loggedMs.get(message);
        if (atMs === undefined) throw new Error(`It did not log "${message}"`);
        return atMs;
      },
      { timeoutMs: LOG_TIMEOUT_MS, intervalMs: 20 },
    );
  }

  /** The text of /metrics. */
  async metrics(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/metrics`);
    return await answer.text();
  }

  /** Of its event loop since its metrics were last read, by whatever method here. */
  async loopDelay(): Promise<LoopDelay> {
    const text = await this.metrics();
    const milliseconds = (what: string): number => sumOf(text, `nodejs_eventloop_lag_${what}_seconds`) * 1_000;
    return { p99Ms: milliseconds('p99'), maxMs: milliseconds('max') };
  }

  async memory(): Promise<Memory> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8').catch(() => '');
    const megabytes = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
  }

  /** Asks for a look at every object. */
  requestResync(): void {
    this.#child.kill('SIGHUP');
  }

  /** Resolves when no key is ready or under way and nothing was written for half a second. */
  async settled(): Promise<void> {
    let before = NaN;
    await eventually(
      async () => {
        const text = await this.metrics();
        const busy = sumOf(text, 'workqueue_depth') + sumOf(text, 'controller_runtime_active_workers');
        const writes = ['POST', 'PUT', 'PATCH'].reduce(
          (sum, method) => sum + sumOf(text, 'rest_client_requests_total', { method }),
          0,
        );
        const isQuiet = busy === 0 && writes === before;
        before = writes;
        if (!isQuiet) throw new Error(`${busy} keys are ready or under way`);
      },
      { timeoutMs: 180_000, intervalMs: 500 },
    );
  }

  /** Stops it as a pod is stopped, and resolves when it has ended. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends it as a node that fails does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  #take(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > 20) this.#lastLines.shift();
    const message = /"msg":"([^"]*)"/.exec(line)?.[1];
    if (message !== undefined && !this.#loggedMs.has(message)) this.#loggedMs.set(message, performance.now());
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill(signal);
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #untilLogged(message: string): Promise<void> {
    try {
      await eventually(
        () => {
          if (!this.#loggedMs.has(message)) throw new Error(`It did not log "${message}"`);
        },
        { timeoutMs: START_TIMEOUT_MS, intervalMs: 5 },
      );
    } catch (error) {
      await this.kill();
      throw new Error(`The operator did not start. Its last lines:\n${this.#lastLines.join('\n')}`, { cause: error });
    }
  }
}
