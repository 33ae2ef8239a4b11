import { execFile } from 'node:child_process';

/** One run of a program that is not ours. */
export interface ToolRun {
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * What the program writes to its standard output. Rejects with what it writes to its standard error, or else to its
 * output, if it fails, and also if it is not installed: what was to be judged by it is not judged.
 */
export function runTool(command: string, args: readonly string[], run: ToolRun = {}): Promise<Buffer> {
  const { input = '', env = {}, cwd } = run;
  // What a program says is compared in one language, whatever the machine speaks.
  const options = { encoding: 'buffer', cwd, env: { ...process.env, LC_ALL: 'C', ...env } } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else {
        const said = (stderr.length > 0 ? stderr : stdout).toString();
        reject(new Error(`${command} ${args.join(' ')}: ${error.message}\n${said}`, { cause: error }));
      }
    });
    // A tool that fails before it has read everything is told by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
