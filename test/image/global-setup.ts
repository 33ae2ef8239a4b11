import { controlPlaneBinary } from '../support/cluster/control-plane-binary.ts';

/** Builds the control plane where it is not in the cache: that takes longer than any hook may. */
export default async function setup(): Promise<void> {
  await controlPlaneBinary({ env: process.env, onProgress: (line) => void process.stderr.write(`${line}\n`) });
}
