import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';

export interface BackgroundRun {
  /** For messages: "the repo server of Argo CD". */
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  /** All of it: nothing of the environment of the tests is handed on. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs a program, and kills it as soon as descriptor 3 is closed. The kernel closes it however our process ends, so even
 * tests that were killed leave no program behind.
 */
const UNTIL_CLOSED = '"$@" 3<&- & program=$!; { cat; kill -KILL $program; } <&3 >/dev/null 2>&1 & wait $program';

/** A program of others that runs until it is disposed of; it ends with this process at the latest. */
export class BackgroundProgram implements AsyncDisposable {
  readonly #lines: string[] = [];
  readonly #title: string;
  readonly #exited: Promise<unknown>;
  readonly #life: Writable;
  #hasEnded = false;

  constructor({ title, program, args, env }: BackgroundRun) {
    this.#title = title;
    const child = spawn('/bin/sh', ['-c', UNTIL_CLOSED, 'sh', program, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#lines.push(line));
    }
    this.#life = child.stdio[3] as Writable;
    // A program that ends by itself leaves nobody to read from it.
    this.#life.on('error', () => {});
    const ended = (): void => {
      this.#hasEnded = true;
      this.#life.destroy();
    };
    this.#exited = once(child, 'exit').then(ended, ended);
  }

  /** @throws with its last lines if it has ended. */
  assertRuns(): void {
    if (this.#hasEnded) throw new Error(`${this.#title} has ended. ${this.lastLines()}`);
  }

  lastLines(): string {
    return `The last lines of ${this.#title}:\n${this.#lines.slice(-15).join('\n')}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.destroy();
    await this.#exited;
  }
}
