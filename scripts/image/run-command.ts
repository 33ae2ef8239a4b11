import { execFile } from 'node:child_process';

/** What a program writes to its standard output. Rejects with what it writes to its standard error if it fails. */
export function runCommand(command: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, maxBuffer: 16 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} failed: ${error.message}\n${stderr}`, { cause: error }));
    });
  });
}
