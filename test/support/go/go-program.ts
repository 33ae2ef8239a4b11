import { spawn } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBuildLock } from './build-lock.ts';
import { pruneBinaries } from './prune-binaries.ts';

const PROGRESS_MS = 10_000;

export interface BuildOptions {
  /** Where PATH, HOME and the cache variables are read. */
  readonly env: NodeJS.ProcessEnv;
  /** Told in whole sentences what takes long; never called when the program is in the cache. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A program that Go builds once. */
export interface GoProgram {
  /** With its article, as it follows "building": "the local Kubernetes control plane". */
  readonly title: string;
  /** Its name in the cache; whatever decides what is built is part of it. */
  readonly file: string;
  /** Told before the build. */
  readonly announcement: string;
  /** Module and version to fetch, or the folder of a module that is here. */
  readonly module: { readonly fetch: string } | { readonly folder: string };
  /** Of the module; "." is its root. */
  readonly package: string;
  readonly linkerFlags: string;
}

/** KEYWRIGHT_CACHE_DIR, else XDG_CACHE_HOME/keywright, else ~/.cache/keywright. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env['KEYWRIGHT_CACHE_DIR']) return env['KEYWRIGHT_CACHE_DIR'];
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'keywright');
  return join(env['HOME'] ?? homedir(), '.cache', 'keywright');
}

/**
 * The path of the program in the cache, built on first use. Processes that need it at the same time build it once. Those
 * of other versions or sources are removed when they are no longer used.
 *
 * @throws with a sentence for people when Go is missing, too old, or the build fails.
 */
export async function cachedGoProgram(program: GoProgram, options: BuildOptions): Promise<string> {
  const path = await builtOnce(program, options);
  await pruneBinaries(cacheFolder(options.env), path, new Date());
  return path;
}

async function builtOnce(program: GoProgram, options: BuildOptions): Promise<string> {
  const cache = cacheFolder(options.env);
  const path = join(cache, program.file);
  if (await exists(path)) return path;
  await assertGo(program, options.env, cache);
  await mkdir(cache, { recursive: true });
  const tellWait = (): void => options.onProgress?.(`Another process is building ${program.title}; waiting for it.`);
  await withBuildLock(`${path}.lock`, options.signal, tellWait, async () => {
    if (!(await exists(path))) await build(program, path, options);
  });
  return path;
}

/** Asks where Go will run, so that Go's own rule decides: a go.mod names the oldest version that will do. */
async function assertGo({ title, module }: GoProgram, env: NodeJS.ProcessEnv, cache: string): Promise<void> {
  const folder = 'folder' in module ? module.folder : tmpdir();
  const answer = await run('go', ['env', 'GOVERSION'], { folder, env }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(answer?.output ?? '') ?? [];
  if (answer?.exitCode === 0 && (Number(major) > 1 || Number(minor) >= 26)) return;
  const found = answer === undefined ? 'no "go" on the PATH' : answer.output.trim();
  throw new Error(
    `Cannot build ${title}: it needs Go 1.26 or later (found: ${found}).\n` +
      `Get it from https://go.dev/dl/ and try again. Go is needed once; the result is kept in ${cache}.`,
  );
}

async function build(
  { title, announcement, module, package: packagePath, linkerFlags }: GoProgram,
  path: string,
  { env, onProgress, signal }: BuildOptions,
): Promise<void> {
  onProgress?.(announcement);
  const startedAt = performance.now();
  const elapsed = (): string => duration(performance.now() - startedAt);
  const progress = setInterval(() => onProgress?.(`Still building: ${elapsed()} so far.`), PROGRESS_MS);
  const unfinished = `${path}.tmp`;
  try {
    const go = async (args: readonly string[], folder: string): Promise<string> => {
      const settings = { ...env, CGO_ENABLED: '0', GOWORK: 'off' };
      const { exitCode, output } = await run('go', args, { folder, env: settings, ...(signal && { signal }) });
      signal?.throwIfAborted();
      if (exitCode !== 0) throw new Error(`Cannot build ${title}. Go said:\n${lastLines(output, 20)}`);
      return output;
    };
    const folder = 'folder' in module ? module.folder : await fetchModule(module.fetch, go);
    await go(['build', '-mod=readonly', '-ldflags', linkerFlags, '-o', unfinished, packagePath], folder);
    await rename(unfinished, path);
    onProgress?.(`Built in ${elapsed()}; kept as ${path}.`);
  } finally {
    clearInterval(progress);
    await rm(unfinished, { force: true });
  }
}

/**
 * Where Go keeps the sources of a module after fetching them, having compared them with its checksum database. Built
 * there, a program gets exactly the dependencies that its authors chose, replaced ones included.
 */
async function fetchModule(
  module: string,
  go: (args: readonly string[], folder: string) => Promise<string>,
): Promise<string> {
  await go(['mod', 'download', module], tmpdir());
  const answer = await go(['mod', 'download', '-json', module], tmpdir());
  return (JSON.parse(answer) as { readonly Dir: string }).Dir;
}

/** Runs a program. An abort ends it with everything it started. */
function run(
  program: string,
  args: readonly string[],
  { folder, env, signal }: { folder: string; env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const end = (): void => killGroup(child.pid);
    signal?.addEventListener('abort', end, { once: true });
    child.once('error', reject);
    child.once('close', (exitCode) => {
      signal?.removeEventListener('abort', end);
      resolve({ exitCode, output: Buffer.concat(chunks).toString() });
    });
  });
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
