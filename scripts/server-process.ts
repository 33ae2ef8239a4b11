import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** How long a process may take to end after SIGTERM before it is killed. */
const TERMINATION_GRACE_MS = 10_000;

export interface ServerProcessOptions {
  /** For messages: "etcd". */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A server that runs as our child. It stands in a process group of its own, so that Ctrl-C in a terminal
 * reaches only us and the order of the shutdown stays ours, and it holds the read end of a pipe as its
 * standard input, so that it ends with us even if we are killed.
 */
export class ServerProcess {
  readonly name: string;
  /** Resolves when the process is gone, with how it ended: "exited with code 1". */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #logFile: string;

  constructor({ name, program, args, logFile, env }: ServerProcessOptions) {
    this.name = name;
    this.#logFile = logFile;
    const log = openSync(logFile, 'a', 0o600);
    try {
      this.#child = spawn(program, args, { detached: true, env, stdio: ['pipe', log, log] });
    } finally {
      closeSync(log);
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        resolve(signal === null ? `exited with code ${code}` : `died of ${signal}`),
      );
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Asks the process to end, kills it after ten seconds, and resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), TERMINATION_GRACE_MS);
    await this.ended;
    clearTimeout(killer);
  }

  /** Ends the process without warning, as a crash would. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async logTail(): Promise<string> {
    const log = await readFile(this.#logFile, 'utf8').catch(() => '');
    return log.trimEnd().split('\n').slice(-15).join('\n');
  }
}
