import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startDockerEngine } from '../../scripts/image/docker-engine.ts';
import { eventually } from '../support/harness/eventually.ts';

const MODULE = join(import.meta.dirname, '../../scripts/image/docker-engine.ts');

const folderOf = (host: string): string => dirname(new URL(host).pathname);
const network = (): unknown => ({
  interfaces: Object.keys(networkInterfaces()).filter((name) => name.startsWith('docker')),
  forwards: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
});

test('startDockerEngine runs an engine that leaves the network alone, and nothing of it stays', async () => {
  const before = network();
  const engine = await startDockerEngine(process.env);
  const folder = folderOf(engine.host);
  expect(await engine.docker(['info', '--format={{.DockerRootDir}}'])).toBe(`${folder}/data`);
  expect(network()).toEqual(before);
  await engine[Symbol.asyncDispose]();
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(`${folder}.log`)).toBe(false);
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(folder);
});

test('startDockerEngine ends the engine when its own process is killed', async () => {
  const code = `const { startDockerEngine } = await import(${JSON.stringify(MODULE)});
    const { host } = await startDockerEngine(process.env);
    process.stdout.write(host);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [host] = (await once(child.stdout, 'data')) as [Buffer];
  const folder = folderOf(host.toString());
  expect(existsSync(folder)).toBe(true);
  child.kill('SIGKILL');
  await eventually(() => expect([folder, `${folder}.log`].filter((path) => existsSync(path))).toEqual([]));
});
