import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../server-process.ts';
import { dockerClient, type Docker } from './docker.ts';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const USUAL_HOST = 'unix:///var/run/docker.sock';

/** An engine and a client for it. Disposal ends an engine that was started, and removes all it held. */
export interface DockerEngine extends AsyncDisposable {
  /** For example "unix:///var/run/docker.sock". */
  readonly host: string;
  readonly docker: Docker;
}

/**
 * The engine that DOCKER_HOST names or that runs on this machine; where there is none, one is started that touches
 * nothing of the machine (docker-engine.sh) and ends with this process, however that ends.
 *
 * @throws {Error} if it does not start: Debian's docker.io is missing, or root.
 */
export async function dockerEngine(env: NodeJS.ProcessEnv): Promise<DockerEngine> {
  const host = env['DOCKER_HOST'] ?? USUAL_HOST;
  const docker = dockerClient(host, env);
  if (env['DOCKER_HOST'] !== undefined || (await answers(docker))) {
    return { host, docker, [Symbol.asyncDispose]: async () => {} };
  }
  return await startDockerEngine(env);
}

/** Starts one although another may run. */
export async function startDockerEngine(env: NodeJS.ProcessEnv): Promise<DockerEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-docker-'));
  // Outlives the folder, to be read when the engine did not start.
  const logFile = `${folder}.log`;
  const engine = new ServerProcess({
    name: 'dockerd',
    program: 'unshare',
    args: ['--mount', join(import.meta.dirname, 'docker-engine.sh'), folder],
    logFile,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder },
  });
  const host = `unix://${folder}/docker.sock`;
  const docker = dockerClient(host, env);
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(docker))) {
    if (!engine.running || performance.now() > deadline) {
      await engine.stop();
      const log = await engine.logTail();
      await rm(logFile);
      throw new Error(`Cannot start a Docker engine; it needs root and Debian's package docker.io. Its log:\n${log}`);
    }
    await sleep(POLL_MS);
  }
  return {
    host,
    docker,
    [Symbol.asyncDispose]: async () => {
      await engine.stop();
      await rm(logFile);
    },
  };
}

async function answers(docker: Docker): Promise<boolean> {
  return await docker(['version', '--format={{.Server.Version}}']).then(
    () => true,
    () => false,
  );
}
