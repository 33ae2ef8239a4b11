import { parseArgs } from 'node:util';
import { homePath } from '../../src/home-path.ts';

export interface DemoOptions {
  /** End after the tour instead of leaving the operator running. */
  readonly once: boolean;
  /** Of a cluster to use instead of a new local one. */
  readonly kubeconfig?: string;
}

export const USAGE = `Usage: npm run demo [-- [--once] [--kubeconfig=FILE]]

Starts a local Kubernetes control plane and the operator, applies examples/quickstart, and shows
what becomes of it: the tables of kubectl, a delivered Secret (its token masked), drift repaired,
a crypto key of each kind, and a resync that writes nothing. Then the operator keeps running for
you to try it, until Ctrl-C.

  --once             end after the tour: exit code 0 if everything was as it should be
  --kubeconfig=FILE  use this cluster instead of a local one. It gets the CRDs, the roles, namespace
                     keywright-system and what is shown of examples/, and they stay there
  --help             print this

The local control plane is built with Go 1.26 or later on first use, which takes about five minutes.
Your own kubeconfig, named by KUBECONFIG or ~/.kube/config, is never read or written.
`;

/**
 * @param home Of the account, for "~/" in a path.
 * @throws {TypeError} with a sentence for people if the arguments are not understood.
 */
export function parseOptions(args: readonly string[], home: string | undefined): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean' },
      kubeconfig: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  if (values.kubeconfig === '') throw new TypeError('--kubeconfig needs the path of a file');
  return {
    once: values.once ?? false,
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: homePath(values.kubeconfig, home) }),
  };
}
