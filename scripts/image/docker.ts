import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';

/** Runs one command of the docker client. The file is its standard input. Rejects with what the client wrote if it fails. */
export type Docker = (args: readonly string[], inputFile?: string) => Promise<string>;

/** @param host Of the engine, for example "unix:///var/run/docker.sock". */
export function dockerClient(host: string, environment: NodeJS.ProcessEnv): Docker {
  // The classic builder finds base images in the engine, whatever builder a person has set up beside it.
  const env = { ...environment, DOCKER_HOST: host, DOCKER_BUILDKIT: '0' };
  return async (args, inputFile = '/dev/null') => {
    await using input = await open(inputFile);
    const client = spawn('docker', args, { env, stdio: [input.fd, 'pipe', 'pipe'] });
    const [output, complaints]: [Buffer[], Buffer[]] = [[], []];
    client.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    client.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk));
    const exitCode = await new Promise((resolve, reject) => client.once('error', reject).once('close', resolve));
    const text = Buffer.concat(output).toString();
    if (exitCode !== 0) throw new Error(`docker ${args[0]} failed: ${text}${Buffer.concat(complaints).toString()}`);
    return text.trim();
  };
}
