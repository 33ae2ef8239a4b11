import { join } from 'node:path';
import type { BuildOptions } from '../go/go-program.ts';
import { kubernetesBinary } from '../go/kubernetes-binary.ts';

const FOLDER = join(import.meta.dirname, '../go/node-program');

export interface NodeBinaries {
  /** kubelet, scheduler and kube-proxy in one. */
  readonly node: string;
  /** The first process of every pod. */
  readonly pause: string;
}

/**
 * The programs of test/support/go/node-program, built on first use.
 *
 * @throws with a sentence for people when Go is missing, too old, or the build fails.
 */
export async function nodeBinaries(options: BuildOptions): Promise<NodeBinaries> {
  const build = async (name: string, packagePath: string, takes: string): Promise<string> => {
    const program = { title: `the ${name} of a Kubernetes node`, name, folder: FOLDER, package: packagePath, takes };
    return (await kubernetesBinary(program, options)).path;
  };
  return {
    node: await build('node-parts', '.', 'some minutes'),
    pause: await build('node-pause', './pause', 'some seconds'),
  };
}
