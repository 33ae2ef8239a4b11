import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './outside-tool.ts';
import type { ToolRun } from './outside-tool.ts';

/** Where Sequoia's `sq` works. It keeps no state: every key it is to use is a file. */
export interface SequoiaFolder extends AsyncDisposable {
  readonly path: string;
  /** Runs `sq` here. Rejects with what it says if it fails. */
  sq(args: readonly string[], input?: ToolRun['input']): Promise<Buffer>;
  write(name: string, content: Uint8Array | string): Promise<void>;
}

export async function sequoiaFolder(): Promise<SequoiaFolder> {
  const path = await mkdtemp(join(tmpdir(), 'sq-'));
  return {
    path,
    sq: (args, input = '') => runTool('sq', args, { cwd: path, input }),
    write: (name, content) => writeFile(join(path, name), content),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
