import { controlPlaneBinary } from '../cluster/control-plane-binary.ts';
import { goTool } from '../go/go-tool.ts';
import { GITOPS_PROGRAMS, gitOpsProgram } from './programs.ts';

/** Builds what is not in the cache, one after the other: each takes all processors. */
export default async function setup(): Promise<void> {
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  const options = { env: process.env, onProgress };
  await controlPlaneBinary(options);
  await goTool('helm', options);
  for (const name of GITOPS_PROGRAMS) await gitOpsProgram(name, options);
}
