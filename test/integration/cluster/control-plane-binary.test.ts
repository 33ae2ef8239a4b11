import { chmod, mkdtemp, mkdir, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { controlPlaneBinary } from '../../support/cluster/control-plane-binary.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-plane-binary-test-'));
  await mkdir(join(folder, 'bin'));
  env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
    KEYWRIGHT_CACHE_DIR: join(folder, 'cache'),
  };
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Puts a stand-in for Go first on the PATH: the real one would take minutes. */
async function installGo(version: string, build: string): Promise<void> {
  const path = join(folder, 'bin/go');
  const script = `#!/bin/sh\nif [ "$1" = env ]; then echo ${version}; exit; fi\necho "$@" >> ${folder}/builds\n${build}\n`;
  await writeFile(path, script);
  await chmod(path, 0o755);
}

const writesOutput = 'while [ "$1" != -o ]; do shift; done; sleep 1; echo program > "$2"';

test('controlPlaneBinary builds once for all who ask at the same time, and never again', async () => {
  await installGo('go1.26.0', writesOutput);
  const asked = await Promise.all([
    controlPlaneBinary({ env }),
    controlPlaneBinary({ env }),
    controlPlaneBinary({ env }),
  ]);
  asked.push(await controlPlaneBinary({ env }));
  expect(new Set(asked.map(({ path }) => path)).size).toBe(1);
  expect(await readFile(asked[0]?.path ?? '', 'utf8')).toBe('program\n');
  expect((await readFile(join(folder, 'builds'), 'utf8')).trim().split('\n')).toHaveLength(1);
  expect(await readdir(join(folder, 'cache'))).toHaveLength(1);
});

test('controlPlaneBinary tells what takes long', async () => {
  await installGo('go1.26.0', writesOutput);
  const lines: string[] = [];
  await controlPlaneBinary({ env, onProgress: (line) => lines.push(line) });
  expect(lines[0]).toMatch(
    /^Building Kubernetes v1\.\d+\.\d+ from its Go modules\. This takes about five minutes, once\.$/,
  );
  expect(lines.at(-1)).toMatch(/^Built in 1 s; kept as /);
});

test('controlPlaneBinary refuses a Go that is too old, and names the one it found', async () => {
  await installGo('go1.25.9', writesOutput);
  await expect(controlPlaneBinary({ env })).rejects.toThrow('needs Go 1.26 or later (found: go1.25.9)');
});

test('controlPlaneBinary shows what Go said of a failed build and keeps nothing of it', async () => {
  await installGo('go1.26.0', 'echo "main.go:1: broken" >&2; exit 1');
  await expect(controlPlaneBinary({ env })).rejects.toThrow('Go said:\nmain.go:1: broken');
  expect(await readdir(join(folder, 'cache'))).toEqual([]);
});

test('controlPlaneBinary ends the build when it is aborted', async () => {
  await installGo('go1.26.0', 'sleep 60');
  const signal = AbortSignal.timeout(500);
  await expect(controlPlaneBinary({ env, signal })).rejects.toThrow(signal.reason);
  expect(await readdir(join(folder, 'cache'))).toEqual([]);
});

/** A binary of other sources in the cache. */
async function cached(hash: string, hoursUnused: number): Promise<string> {
  const path = join(folder, 'cache', `control-plane-v1.0.0-linux-x64-${hash}`);
  await mkdir(join(folder, 'cache'), { recursive: true });
  await writeFile(path, 'program\n');
  const usedAt = new Date(Date.now() - hoursUnused * 3_600_000);
  await utimes(path, usedAt, usedAt);
  return path;
}

test('controlPlaneBinary keeps the binary used before it and those of today, and removes older ones', async () => {
  await installGo('go1.26.0', writesOutput);
  const old = await cached('aaaaaaaaaaaa', 72);
  const before = await cached('bbbbbbbbbbbb', 48);
  const { path } = await controlPlaneBinary({ env });
  const inCache = async (): Promise<readonly string[]> =>
    (await readdir(join(folder, 'cache'))).map((name) => join(folder, 'cache', name)).toSorted();
  expect(await inCache()).toEqual([before, path].toSorted());
  expect(await inCache()).not.toContain(old);

  const today = await cached('cccccccccccc', 1);
  const alsoToday = await cached('dddddddddddd', 2);
  await controlPlaneBinary({ env });
  expect(await inCache()).toEqual([today, alsoToday, path].toSorted());
});

test('controlPlaneBinary keeps a binary that is used again, however long ago it was built', async () => {
  await installGo('go1.26.0', writesOutput);
  const { path } = await controlPlaneBinary({ env });
  await utimes(path, 0, 0);
  await cached('aaaaaaaaaaaa', 48);
  await cached('bbbbbbbbbbbb', 49);
  await controlPlaneBinary({ env });
  expect(await readdir(join(folder, 'cache'))).toContain(path.slice(join(folder, 'cache').length + 1));
});
