import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const MAIN = join(ROOT, 'test/support/cluster/main.ts');

/** A run of the cluster command as a user starts it. */
export interface Command {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when the command says it is ready; rejects if it ends before. */
  readonly ready: Promise<void>;
  /** Exit code, or the name of the signal it died of. */
  readonly ended: Promise<number | string>;
}

export function runCluster(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Command {
  return start(process.execPath, [MAIN, ...args], env);
}

export function npmRunCluster(args: readonly string[]): Command {
  return start('npm', ['run', '--silent', 'cluster', '--', ...args], process.env);
}

function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => {
      if (output.stdout.includes(' ready at ')) resolve();
    });
    void ended.then((how) => reject(new Error(`The command ended with ${how}: ${output.stderr}`)), reject);
  });
  ready.catch(() => {});
  return { child, stdout: () => output.stdout, stderr: () => output.stderr, ready, ended };
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly args: string;
}

/** The control-plane processes below a process, at any depth. */
export function controlPlaneBelow(ancestor: number): readonly ProcessEntry[] {
  const all = processes();
  const found = new Set([ancestor]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid, args }) => found.has(pid) && args.includes('control-plane-'));
}

/** Whether the process still runs. One that has ended and waits for its parent to ask how does not. */
export function isRunning(pid: number): boolean {
  return processes().some((entry) => entry.pid === pid && !entry.state.startsWith('Z'));
}

/** The folder that a cluster uses for the time of its run. */
export function runFolderOf(parts: readonly ProcessEntry[]): string {
  const folder = /--socket-dir=(\S+)/.exec(parts.map(({ args }) => args).join('\n'))?.[1];
  if (folder === undefined) throw new Error('No etcd is running');
  return folder;
}

function processes(): readonly ProcessEntry[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), state, args }];
  });
}
