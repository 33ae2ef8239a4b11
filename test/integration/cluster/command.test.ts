import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiRequest } from '../../support/cluster/api-request.ts';
import { controlPlaneBinary } from '../../support/cluster/control-plane-binary.ts';
import { readKubeconfig } from '../../support/cluster/kubeconfig-file.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { controlPlaneBelow, isRunning, npmRunCluster, runCluster, runFolderOf, type Command } from './command.ts';

let folder: string;
let kubeconfig: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cluster-command-test-'));
  kubeconfig = join(folder, 'kubeconfig');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function expectNothingLeft(parts: readonly { pid: number }[], runFolder: string): void {
  expect(parts.filter(({ pid }) => isRunning(pid))).toEqual([]);
  expect(existsSync(runFolder)).toBe(false);
}

test('npm run cluster writes a kubeconfig for its owner only, and leaves nothing behind after SIGTERM', async () => {
  const command = npmRunCluster(['--kubeconfig', kubeconfig]);
  await command.ready;
  expect(command.stdout()).toMatch(
    /^Kubernetes v1\.\d+\.\d+ ready at https:\/\/127\.0\.0\.1:\d+ in \d+\.\d s\. Use it with: export KUBECONFIG=\S+\n$/,
  );
  expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
  await expect(apiRequest(await readKubeconfig(kubeconfig), { path: '/api/v1/secrets' })).resolves.toMatchObject({
    status: 200,
  });
  const parts = controlPlaneBelow(command.child.pid ?? 0);
  expect(parts).toHaveLength(3);
  const runFolder = runFolderOf(parts);
  command.child.kill('SIGTERM');
  expect(await command.ended).toBe(0);
  expectNothingLeft(parts, runFolder);
});

const killed: { by: string; start: (args: readonly string[]) => Command }[] = [
  { by: 'npm', start: npmRunCluster },
  { by: 'the command', start: runCluster },
];
test.each(killed)('npm run cluster leaves nothing behind when $by is killed', async ({ start }) => {
  const command = start(['--kubeconfig', kubeconfig]);
  await command.ready;
  const parts = controlPlaneBelow(command.child.pid ?? 0);
  const runFolder = runFolderOf(parts);
  command.child.kill('SIGKILL');
  await eventually(() => expectNothingLeft(parts, runFolder), { timeoutMs: 15_000 });
});

test('npm run cluster ends with the reason when a part of it dies', async () => {
  const command = runCluster(['--kubeconfig', kubeconfig]);
  await command.ready;
  const parts = controlPlaneBelow(command.child.pid ?? 0);
  process.kill(parts.find(({ args }) => args.includes(' controller-manager '))?.pid ?? 0, 'SIGKILL');
  expect(await command.ended).toBe(1);
  expect(command.stderr()).toContain('controller-manager died of SIGKILL');
});

test('npm run cluster neither reads nor writes the kubeconfig of its user', async () => {
  const home = join(folder, 'home');
  await mkdir(join(home, '.kube'), { recursive: true });
  const named = join(folder, 'named');
  const ambient = [join(home, '.kube/config'), named];
  for (const path of ambient) await writeFile(path, 'not: even a kubeconfig');
  const cache = dirname((await controlPlaneBinary({ env: process.env })).path);
  const env = { ...process.env, HOME: home, KUBECONFIG: named, KEYWRIGHT_CACHE_DIR: cache };
  const command = runCluster(['--kubeconfig', kubeconfig], env);
  await command.ready;
  command.child.kill('SIGTERM');
  expect(await command.ended).toBe(0);
  for (const path of ambient) expect(await readFile(path, 'utf8')).toBe('not: even a kubeconfig');
});

test('npm run cluster refuses to overwrite a kubeconfig that is not from an earlier run', async () => {
  await writeFile(kubeconfig, 'kind: Config\n');
  const command = runCluster(['--kubeconfig', kubeconfig]);
  expect(await command.ended).toBe(1);
  expect(command.stderr()).toContain(`Cannot write ${kubeconfig}`);
  expect(await readFile(kubeconfig, 'utf8')).toBe('kind: Config\n');
});

test('npm run cluster says where to get Go when it must build and there is none', async () => {
  const env = { HOME: folder, PATH: join(folder, 'empty'), KEYWRIGHT_CACHE_DIR: join(folder, 'cache') };
  const command = runCluster(['--kubeconfig', kubeconfig], env);
  expect(await command.ended).toBe(1);
  expect(command.stderr()).toMatch(/needs Go 1\.26 or later .*\n.*https:\/\/go\.dev\/dl\//);
  expect(command.stderr()).not.toContain('    at ');
});

const refused: { args: string[]; says: string }[] = [
  { args: [], says: '--kubeconfig=FILE is missing' },
  { args: ['--kubeconfig', 'x', '--port', '0'], says: '--port must be a number from 1 to 65535, got "0"' },
  { args: ['--kubeconfg', 'x'], says: '--kubeconfg' },
];
test.each(refused)('npm run cluster answers $args with its usage', async ({ args, says }) => {
  const command = runCluster(args);
  expect(await command.ended).toBe(2);
  expect(command.stderr()).toContain(says);
  expect(command.stderr()).toContain('Usage: npm run cluster');
});

test('npm run cluster --help prints its usage', async () => {
  const command = runCluster(['--help']);
  expect(await command.ended).toBe(0);
  expect(command.stdout()).toContain('Usage: npm run cluster');
});
