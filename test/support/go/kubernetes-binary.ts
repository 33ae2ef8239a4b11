import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedGoProgram, type BuildOptions } from './go-program.ts';
import { moduleHash } from './module-hash.ts';

/** A program of ours that is made of Kubernetes' own parts. */
export interface KubernetesProgram {
  /** With its article, as it follows "building": "the local Kubernetes control plane". */
  readonly title: string;
  /** First part of its file's name. */
  readonly name: string;
  /** Of its Go module, which requires k8s.io/kubernetes. */
  readonly folder: string;
  /** Of the module; "." is its root. */
  readonly package: string;
  /** As it follows "This takes": "about five minutes". */
  readonly takes: string;
}

export interface KubernetesBinary {
  readonly path: string;
  /** Of Kubernetes, for example "v1.36.3". */
  readonly version: string;
}

/**
 * The program, built on first use. The result is cached outside the tree under the hash of its sources:
 * KEYWRIGHT_CACHE_DIR, else XDG_CACHE_HOME/keywright, else ~/.cache/keywright. Processes that need it at the same time
 * build it once.
 *
 * @throws with a sentence for people when Go is missing, too old, or the build fails.
 */
export async function kubernetesBinary(program: KubernetesProgram, options: BuildOptions): Promise<KubernetesBinary> {
  const { title, name, folder, package: packagePath, takes } = program;
  const version = await kubernetesVersion(folder);
  const [major, minor] = version.slice(1).split('.');
  const variable = 'k8s.io/component-base/version';
  const linkerFlags = `-s -w -X ${variable}.gitVersion=${version} -X ${variable}.gitMajor=${major} -X ${variable}.gitMinor=${minor}`;
  const path = await cachedGoProgram(
    {
      title,
      file: `${name}-${version}-${process.platform}-${process.arch}-${await moduleHash(folder)}`,
      announcement: `Building Kubernetes ${version} from its Go modules. This takes ${takes}, once.`,
      module: { folder },
      package: packagePath,
      linkerFlags,
    },
    options,
  );
  return { path, version };
}

async function kubernetesVersion(folder: string): Promise<string> {
  const version = /k8s\.io\/kubernetes (v\S+)/.exec(await readFile(join(folder, 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`Cannot build from ${folder}: its go.mod names no Kubernetes version`);
  return version;
}
