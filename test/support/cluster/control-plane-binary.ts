import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withBuildLock } from './build-lock.ts';
import { pruneBinaries } from './prune-binaries.ts';

const MODULE = join(import.meta.dirname, '../control-plane');
const PROGRESS_MS = 10_000;

export interface BinaryOptions {
  /** Where PATH, HOME and the cache variables are read. */
  readonly env: NodeJS.ProcessEnv;
  /** Told in whole sentences what takes long; never called when the binary is in the cache. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ControlPlaneBinary {
  readonly path: string;
  /** Of Kubernetes, for example "v1.36.3". */
  readonly version: string;
}

/**
 * The control-plane program of test/support/control-plane, built on first use. The result is cached
 * outside the tree under the hash of its sources: KEYWRIGHT_CACHE_DIR, else XDG_CACHE_HOME/keywright,
 * else ~/.cache/keywright. Processes that need it at the same time build it once. Those of other sources are
 * removed when they are no longer used.
 *
 * @throws with a sentence for people when Go is missing, too old, or the build fails.
 */
export async function controlPlaneBinary(options: BinaryOptions): Promise<ControlPlaneBinary> {
  const { version, hash } = await readSources();
  const cache = cacheFolder(options.env);
  const path = join(cache, `control-plane-${version}-${process.platform}-${process.arch}-${hash}`);
  if (!(await exists(path))) {
    await assertGo(options.env, cache);
    await mkdir(cache, { recursive: true });
    const tellWait = (): void => options.onProgress?.('Another process is building the control plane; waiting for it.');
    await withBuildLock(`${path}.lock`, options.signal, tellWait, async () => {
      if (!(await exists(path))) await build(path, version, options);
    });
  }
  await pruneBinaries(cache, path, new Date());
  return { path, version };
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env['KEYWRIGHT_CACHE_DIR']) return env['KEYWRIGHT_CACHE_DIR'];
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'keywright');
  return join(env['HOME'] ?? homedir(), '.cache', 'keywright');
}

async function readSources(): Promise<{ version: string; hash: string }> {
  const names = (await readdir(MODULE)).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name)).toSorted();
  const hash = createHash('sha256');
  let version = '';
  for (const name of names) {
    const content = await readFile(join(MODULE, name), 'utf8');
    hash.update(`${name}\0${content}\0`);
    if (name === 'go.mod') version = /k8s\.io\/kubernetes (v\S+)/.exec(content)?.[1] ?? '';
  }
  if (version === '') throw new Error(`Cannot build the control plane: ${MODULE}/go.mod names no Kubernetes version`);
  return { version, hash: hash.digest('hex').slice(0, 12) };
}

/** Asks inside the module, so that Go's own rule decides: go.mod names the oldest version that will do. */
async function assertGo(env: NodeJS.ProcessEnv, cache: string): Promise<void> {
  const answer = await run('go', ['env', 'GOVERSION'], { env }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(answer?.output ?? '') ?? [];
  if (answer?.exitCode === 0 && (Number(major) > 1 || Number(minor) >= 26)) return;
  const found = answer === undefined ? 'no "go" on the PATH' : answer.output.trim();
  throw new Error(
    `Cannot build the local Kubernetes control plane: it needs Go 1.26 or later (found: ${found}).\n` +
      `Get it from https://go.dev/dl/ and try again. Go is needed once; the result is kept in ${cache}.`,
  );
}

async function build(path: string, version: string, { env, onProgress, signal }: BinaryOptions): Promise<void> {
  onProgress?.(`Building Kubernetes ${version} from its Go modules. This takes about five minutes, once.`);
  const startedAt = performance.now();
  const elapsed = (): string => duration(performance.now() - startedAt);
  const progress = setInterval(() => onProgress?.(`Still building: ${elapsed()} so far.`), PROGRESS_MS);
  const unfinished = `${path}.tmp`;
  try {
    const [major, minor] = version.slice(1).split('.');
    const variable = 'k8s.io/component-base/version';
    const linkerFlags = `-s -w -X ${variable}.gitVersion=${version} -X ${variable}.gitMajor=${major} -X ${variable}.gitMinor=${minor}`;
    const { exitCode, output } = await run(
      'go',
      ['build', '-mod=readonly', '-ldflags', linkerFlags, '-o', unfinished, '.'],
      { env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' }, ...(signal === undefined ? {} : { signal }) },
    );
    signal?.throwIfAborted();
    if (exitCode !== 0) {
      throw new Error(`Cannot build the local Kubernetes control plane. Go said:\n${lastLines(output, 20)}`);
    }
    await rename(unfinished, path);
    onProgress?.(`Built in ${elapsed()}; kept as ${path}.`);
  } finally {
    clearInterval(progress);
    await rm(unfinished, { force: true });
  }
}

/** Runs a program inside the module. An abort ends it with everything it started. */
function run(
  program: string,
  args: readonly string[],
  { env, signal }: { env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: MODULE, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
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
