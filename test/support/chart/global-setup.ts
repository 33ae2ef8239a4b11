import { controlPlaneBinary } from '../cluster/control-plane-binary.ts';
import { goTool, GO_TOOLS } from '../go/go-tool.ts';

/** Builds what is not in the cache, one after the other: each takes all processors. */
export default async function setup(): Promise<void> {
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  const options = { env: process.env, onProgress };
  await controlPlaneBinary(options);
  for (const name of GO_TOOLS) await goTool(name, options);
}
