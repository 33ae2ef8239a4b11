import { join } from 'node:path';
import type { BuildOptions } from '../go/go-program.ts';
import { kubernetesBinary, type KubernetesBinary } from '../go/kubernetes-binary.ts';

/**
 * The control-plane program of test/support/go/control-plane, built on first use.
 *
 * @throws with a sentence for people when Go is missing, too old, or the build fails.
 */
export async function controlPlaneBinary(options: BuildOptions): Promise<KubernetesBinary> {
  const program = {
    title: 'the local Kubernetes control plane',
    name: 'control-plane',
    folder: join(import.meta.dirname, '../go/control-plane'),
    package: '.',
    takes: 'about five minutes',
  };
  return await kubernetesBinary(program, options);
}
