import { join } from 'node:path';
import { runTool } from '../outside-tool.ts';

/** A folder of what a Go module has beside its packages. Go fetches the module again if it was built long ago. */
export async function moduleFiles(usedIn: string, module: string, folder: string): Promise<string> {
  const run = { cwd: usedIn, env: { GOWORK: 'off' } };
  const answer = await runTool('go', ['mod', 'download', '-json', module], run);
  return join((JSON.parse(answer.toString()) as { readonly Dir: string }).Dir, folder);
}
