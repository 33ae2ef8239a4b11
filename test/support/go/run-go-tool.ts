import { runTool } from '../outside-tool.ts';
import { goTool, type GoTool } from './go-tool.ts';

/** What a tool built from its Go module prints. Throws with what it says of a failure. */
export async function runGoTool(
  tool: GoTool,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const program = await goTool(tool, { env: process.env });
  return (await runTool(program, args, { env })).toString();
}
