import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goTool } from '../support/go/go-tool.ts';
import { runTool } from '../support/outside-tool.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The shell commands below a heading of a document. @throws if there are none. */
async function documentedCommands(document: string, heading: string): Promise<string> {
  const [, rest = ''] = (await readFile(join(ROOT, document), 'utf8')).split(`\n## ${heading}\n`);
  const [section = ''] = rest.split('\n## ');
  const blocks = Array.from(section.matchAll(/```sh\n(.*?)```/gs), ([, code = '']) => code);
  if (blocks.length === 0) throw new Error(`${document} has no commands below ${heading}`);
  return blocks.join('');
}

/** Runs these commands as they are written, until the first that fails. Nothing of the user's is read or written. */
export async function runDocumented(document: string, heading: string, kubeconfig: string): Promise<void> {
  const helm = await goTool('helm', { env: process.env });
  const commands = `helm() { '${helm}' "$@"; }\n${await documentedCommands(document, heading)}`;
  await using home = await mkdtempDisposable(join(tmpdir(), 'keywright-home-'));
  await runTool('bash', ['-euc', commands], { cwd: ROOT, env: { KUBECONFIG: kubeconfig, HOME: home.path } });
}
