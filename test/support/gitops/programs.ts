import { join } from 'node:path';
import { cachedGoProgram, type BuildOptions } from '../go/go-program.ts';
import { moduleHash } from '../go/module-hash.ts';

/** What is built, and in which module: each pins the versions its authors released it with. */
const PROGRAMS = {
  'argo-cd': { module: '../go/argo-cd', package: '.', title: 'Argo CD, kubectl and Kustomize' },
  'kustomize-controller': {
    module: '../go/flux',
    package: 'github.com/fluxcd/kustomize-controller',
    title: "Flux's kustomize-controller",
  },
  kstatus: { module: '../go/flux', package: './kstatus', title: "Flux's judge of status" },
} as const;

export type GitOpsProgram = keyof typeof PROGRAMS;
export const GITOPS_PROGRAMS = Object.keys(PROGRAMS) as readonly GitOpsProgram[];

/** Of the module in which a program is built. */
export function moduleFolder(name: GitOpsProgram): string {
  return join(import.meta.dirname, PROGRAMS[name].module);
}

/**
 * The path of a program, built on first use and kept beside the control plane.
 *
 * @throws with a sentence for people when Go is missing, too old, or the build fails.
 */
export async function gitOpsProgram(
  name: GitOpsProgram,
  options: BuildOptions = { env: process.env },
): Promise<string> {
  const { package: packagePath, title } = PROGRAMS[name];
  const folder = moduleFolder(name);
  return await cachedGoProgram(
    {
      title,
      file: `${name}-${process.platform}-${process.arch}-${await moduleHash(folder)}`,
      announcement: `Building ${title} from Go modules. This takes some minutes, once.`,
      module: { folder },
      package: packagePath,
      linkerFlags: '-s -w',
    },
    options,
  );
}
