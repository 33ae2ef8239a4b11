import { mkdtemp, rm } from 'node:fs/promises';
import { runTool } from './outside-tool.ts';
import type { ToolRun } from './outside-tool.ts';

/** A GnuPG of its own: no key, no setting and no agent of the machine's user. */
export interface GnupgHome extends AsyncDisposable {
  /** Runs `gpg --batch` with these arguments. Files that are named without a path lie in the home. */
  gpg(args: readonly string[], input?: ToolRun['input']): Promise<Buffer>;
  /** For input and output files of gpg. */
  readonly path: string;
}

export async function gnupgHome(): Promise<GnupgHome> {
  // Short, because the socket of gpg-agent lies in it; mkdtemp makes it private, which gpg insists on.
  const path = await mkdtemp('/tmp/gpg-');
  const run = { env: { GNUPGHOME: path }, cwd: path };
  return {
    path,
    gpg: (args, input = '') => runTool('gpg', ['--batch', ...args], { ...run, input }),
    [Symbol.asyncDispose]: async () => {
      await runTool('gpgconf', ['--kill', 'all'], run);
      await rm(path, { recursive: true, force: true });
    },
  };
}
