import { cachedGoProgram, type BuildOptions } from './go-program.ts';

/** Programs of others that judge what we ship, at one version each. */
const TOOLS = {
  helm: { module: 'helm.sh/helm/v4', package: './cmd/helm', version: 'v4.3.1' },
  'helm-unittest': {
    module: 'github.com/helm-unittest/helm-unittest',
    package: './cmd/helm-unittest',
    version: 'v1.1.2',
  },
  kubeconform: { module: 'github.com/yannh/kubeconform', package: './cmd/kubeconform', version: 'v0.8.0' },
  'kubectl-validate': { module: 'sigs.k8s.io/kubectl-validate', package: '.', version: 'v0.0.4' },
} as const;

export type GoTool = keyof typeof TOOLS;
export const GO_TOOLS = Object.keys(TOOLS) as readonly GoTool[];

/**
 * The path of a tool, built from its Go module on first use and kept beside the control plane.
 *
 * @throws with a sentence for people when Go is missing, too old, or the build fails.
 */
export async function goTool(name: GoTool, options: BuildOptions): Promise<string> {
  const { module, package: packagePath, version } = TOOLS[name];
  return await cachedGoProgram(
    {
      title: `the tool ${name}`,
      file: `${name}-${version}-${process.platform}-${process.arch}`,
      announcement: `Building ${name} ${version} from its Go module. This takes some minutes, once.`,
      module: { fetch: `${module}@${version}` },
      package: packagePath,
      linkerFlags: '-s -w',
    },
    options,
  );
}
