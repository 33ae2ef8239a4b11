import { controlPlaneBinary } from '../support/cluster/control-plane-binary.ts';
import { goTool } from '../support/go/go-tool.ts';
import { nodeBinaries } from '../support/node/node-binaries.ts';

/** Builds what is not in the cache, one after the other: each takes all processors. */
export default async function setup(): Promise<void> {
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  const options = { env: process.env, onProgress };
  await controlPlaneBinary(options);
  await nodeBinaries(options);
  await goTool('helm', options);
}
