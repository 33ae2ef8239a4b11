import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/support/cluster/free-port.ts';
import { sumOf } from '../../test/support/prometheus-text.ts';
import { OPERATOR_NAMESPACE } from './operator-account.ts';
import { until } from './until.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const STOP_GRACE_MS = 15_000;
const LOG_TAIL_LINES = 15;

export interface OperatorOptions {
  /** Of the operator's own account. */
  readonly kubeconfig: string;
  readonly logFile: string;
}

/** `node src/main.ts controller`, from source, as a child that ends with us. */
export class OperatorProcess implements AsyncDisposable {
  readonly logFile: string;
  readonly metricsUrl: string;
  /** Resolves when the process is gone, with how it ended: "exited with code 1". */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  private constructor({ kubeconfig, logFile }: OperatorOptions, port: number) {
    this.logFile = logFile;
    this.metricsUrl = `http://127.0.0.1:${port}/metrics`;
    const flags = [
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${OPERATOR_NAMESPACE}`,
      '--bind-address=127.0.0.1',
      `--health-port=${port}`,
      `--metrics-port=${port}`,
      '--log-format=json',
    ];
    const log = openSync(logFile, 'a', 0o600);
    try {
      // In a process group of its own, so that Ctrl-C reaches only us; and nothing of our environment, so that what
      // the person has set for an operator elsewhere changes nothing here.
      this.#child = spawn(process.execPath, [MAIN, 'controller', ...flags], {
        detached: true,
        env: {},
        stdio: ['ignore', log, log],
      });
    } finally {
      closeSync(log);
    }
    const killWithUs = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', killWithUs);
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) => {
        process.off('exit', killWithUs);
        resolve(signal === null ? `exited with code ${code}` : `died of ${signal}`);
      });
    });
  }

  static async start(options: OperatorOptions): Promise<OperatorProcess> {
    return new OperatorProcess(options, await freePort());
  }

  /** The text of /metrics. Rejects while the operator does not serve it. */
  async metrics(): Promise<string> {
    return await (await fetch(this.metricsUrl)).text();
  }

  /** Resolves when the operator holds the lease and so may write. */
  async untilLeading(signal: AbortSignal): Promise<void> {
    await until(
      async () => {
        const text = await this.metrics().catch(() => '');
        return sumOf(text, 'leader_election_master_status') === 1 ? true : undefined;
      },
      { what: 'the operator holds its lease; does another one run in this cluster?', signal },
    );
  }

  /** Asks the operator to look at every object again. */
  requestResync(): void {
    this.#child.kill('SIGHUP');
  }

  /** Ends it as a pod is ended, and resolves when it is gone. Disposal does the same. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.ended;
    clearTimeout(killer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The last lines of the log. */
  async logTail(): Promise<readonly string[]> {
    const log = await readFile(this.logFile, 'utf8').catch(() => '');
    return log.trimEnd().split('\n').slice(-LOG_TAIL_LINES);
  }

  get #isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
