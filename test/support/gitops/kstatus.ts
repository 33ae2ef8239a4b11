import type { KubeObject } from '../../../src/kube/objects/objects.ts';
import { runTool } from '../outside-tool.ts';
import { gitOpsProgram } from './programs.ts';

export interface KstatusResult {
  readonly status: 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'NotFound' | 'Unknown';
  readonly message: string;
}

/** What the library by which Flux judges objects says of one as it stands. */
export async function kstatus(object: KubeObject): Promise<KstatusResult> {
  const answer = await runTool(await gitOpsProgram('kstatus'), [], { input: JSON.stringify(object) });
  return JSON.parse(answer.toString()) as KstatusResult;
}
